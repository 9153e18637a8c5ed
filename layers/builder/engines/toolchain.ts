import { mkdir, rename, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { BuildError } from '../build-error.ts';
import { runCommand } from '../command.ts';
import { type Tool, toolPackages } from '../plan.ts';
import type { BuildJob } from './engine.ts';
import { makePortable } from './portable.ts';
import { findRuntime, isCompatible, probe } from './runtimes.ts';

/** The programs that this machine has for a plan. */
export interface Toolchain {
  /** Folders of programs, in the order in which they are searched. */
  readonly path: readonly string[];
  /**
   * The runtime's exact version on this machine. Packages that one version installed do not always work with another.
   */
  readonly version: string;
  /**
   * The folders of installed tools by name, from this build or an earlier one. Tools that the machine itself has are
   * left out.
   */
  readonly tools: ReadonlyMap<string, string>;
}

/**
 * Finds the plan's runtime on this machine, and the plan's package manager: the machine's own if its version fits,
 * otherwise one from its package registry, installed once into the cache. Throws a `BuildError` that names the missing
 * program and says what to do.
 */
export async function prepareToolchain(job: BuildJob, env: Readonly<Record<string, string>>): Promise<Toolchain> {
  const { plan, scratch } = job;
  const runtime = await findRuntime(plan.runtime, env);
  if (!isCompatible(plan.runtime, runtime.version)) {
    job.print(
      `Note: this machine builds and runs with its own ${runtime.label} ${runtime.version}; the plan's ${plan.runtime.version} applies to container builds`,
    );
  }
  const programs = join(scratch, 'bin');
  await mkdir(programs, { recursive: true });
  if (plan.runtime.name === 'python') {
    for (const name of ['python', 'python3']) await symlink(runtime.program, join(programs, name));
    await writeFile(join(programs, 'pip'), `#!/bin/sh\nexec "${runtime.program}" -m pip "$@"\n`, { mode: 0o755 });
  }
  const path = [programs, dirname(process.execPath)];
  const inner = { ...env, PATH: [...path, env.PATH].join(delimiter) };
  const tools = new Map<string, string>();
  for (const tool of plan.tools) {
    const found = await findTool(job, tool, inner);
    if (found === undefined) continue;
    path.push(join(found.folder, found.bin));
    tools.set(tool.name, found.folder);
  }
  return { path, version: runtime.version, tools };
}

interface FoundTool {
  readonly folder: string;
  /** The folder of the tool's programs, relative to `folder`. */
  readonly bin: string;
}

async function findTool(
  job: BuildJob,
  tool: Tool,
  env: Readonly<Record<string, string>>,
): Promise<FoundTool | undefined> {
  const packages = toolPackages(tool);
  const folder = join(job.cacheDir ?? job.scratch, 'tools', packages.join('+').replaceAll('/', '-'));
  const bin = tool.registry === 'npm' ? 'node_modules/.bin' : '.venv/bin';
  if (await exists(join(folder, bin, tool.name))) {
    await utimes(folder, new Date(), new Date());
    return { folder, bin };
  }
  const own = /\d+\.\d[\w.]*/.exec((await probe(tool.name, ['--version'], env)) ?? '')?.[0];
  const fits = tool.registry === 'npm' ? `${own}.`.startsWith(`${tool.version}.`) : own !== undefined;
  if (fits && tool.plugins === undefined) return undefined;
  job.print(`Installing ${packages.join(' and ')}`);
  const making = join(job.scratch, 'tools', tool.name);
  const commands =
    tool.registry === 'npm'
      ? [['npm', 'install', '--no-save', '--no-package-lock', '--prefix', making, ...packages]]
      : [
          ['python', '-m', 'venv', '--without-pip', join(making, '.venv')],
          ['pip', '--python', join(making, bin, 'python'), 'install', '--quiet', ...packages],
        ];
  try {
    await mkdir(making, { recursive: true });
    for (const command of commands) {
      const title = `the installation of ${packages.join(' and ')}`;
      await runCommand(title, command, { ...job, cwd: job.scratch, env, onLine: job.print });
    }
    await makePortable(making);
    await moveInto(making, folder);
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    const remedy =
      tool.plugins === undefined ? `Install ${tool.name} ${tool.version}, or check the network` : 'Check the network';
    throw new BuildError(
      `this app needs ${packages.join(' and ')}; this machine does not have it, and its installation from the package registry failed: ${error.message}. ${remedy}`,
      error.lines,
    );
  }
  return { folder, bin };
}

/** If another build was faster, its copy stays. */
async function moveInto(made: string, folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  try {
    await rename(made, folder);
  } catch (error) {
    if (!(await exists(folder))) throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
