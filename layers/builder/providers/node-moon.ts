import { posix } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { BuildError } from '../build-error.ts';
import type { SourceTree } from '../source-tree.ts';
import { developmentServer } from './node-development.ts';
import type { Framework } from './node-frameworks.ts';
import type { Sourced } from './provider.ts';

const Words = z.union([z.string(), z.array(z.string())]);
const Task = z.looseObject({ command: Words.optional(), script: z.string().optional(), args: Words.optional() });
const Project = z.looseObject({ id: z.string().optional(), tasks: z.record(z.string(), z.unknown()).optional() });
const Workspace = z.looseObject({ projects: z.unknown().optional() });
const Toolchain = z.looseObject({
  node: z.looseObject({ version: z.string().optional(), packageManager: z.string().optional() }).optional(),
});
/** Common names of tasks. The first that exists is taken. */
const BUILDS = ['build', 'compile', 'bundle'];
const STARTS = ['start', 'serve', 'start-prod', 'production'];

/**
 * The tasks with which moon builds and starts one of its projects. Undefined without a `moon.yml`, or without a task
 * that starts the project. Source: moonrepo.dev, "Tasks".
 */
export async function moonFramework(root: SourceTree, place: string): Promise<Framework | undefined> {
  const file = posix.join(place, 'moon.yml');
  const project = Project.safeParse(yamlOf(await root.read(file), file)).data;
  if (project === undefined) return undefined;
  const tasks = new Map(Object.entries(project.tasks ?? {}));
  const lines = STARTS.flatMap((name) => lineOf(tasks.get(name)) ?? []);
  const start = lines.find((line) => developmentServer({}, line) === undefined);
  const id = project.id ?? (await idOf(root, place));
  const build = BUILDS.find((name) => lineOf(tasks.get(name)) !== undefined);
  if (start === undefined || !/^[\w@./-]+$/.test(id)) return undefined;
  return {
    name: 'moon',
    source: `${file} > tasks`,
    start,
    ...(build !== undefined && { build: `moon run ${id}:${build}` }),
  };
}

/** The settings of Node.js in the toolchain of a moon workspace: its version, and its package manager. */
export async function moonToolchain(
  root: SourceTree,
): Promise<{ version?: Sourced<string>; manager?: Sourced<string> }> {
  const file = '.moon/toolchain.yml';
  const { node } = Toolchain.safeParse(yamlOf(await root.read(file), file)).data ?? {};
  const { version, packageManager } = node ?? {};
  return {
    ...(version !== undefined && { version: { value: version, source: `${file} > node > version` } }),
    ...(packageManager !== undefined && {
      manager: { value: packageManager, source: `${file} > node > packageManager` },
    }),
  };
}

/** The name of a project: the name in the workspace's file, otherwise the name of the project's folder. */
async function idOf(root: SourceTree, place: string): Promise<string> {
  const file = '.moon/workspace.yml';
  const { projects } = Workspace.safeParse(yamlOf(await root.read(file), file)).data ?? {};
  const named = z.record(z.string(), z.unknown()).safeParse(projects).data ?? {};
  const sources = z.looseObject({ sources: z.record(z.string(), z.unknown()).optional() }).safeParse(projects).data;
  const found = Object.entries({ ...named, ...sources?.sources }).find(
    ([, path]) => typeof path === 'string' && posix.normalize(path) === place,
  );
  return found?.[0] ?? posix.basename(place);
}

function lineOf(value: unknown): string | undefined {
  const { command, script, args = [] } = Task.safeParse(value).data ?? {};
  const line = script ?? (command === undefined ? undefined : [command, args].flat().join(' ').trim());
  return line === '' ? undefined : line;
}

function yamlOf(text: string | undefined, file: string): unknown {
  if (text === undefined) return undefined;
  try {
    return parse(text, { logLevel: 'silent' });
  } catch {
    throw new BuildError(`${file} is not valid YAML`);
  }
}
