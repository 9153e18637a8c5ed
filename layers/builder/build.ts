import { mkdir, realpath, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { BuildError } from './build-error.ts';
import { configuredRoot, dockerfileOf, type OwnDockerfile } from './choose-provider.ts';
import { planBuild } from './detect.ts';
import { isForInstall, overriddenVariables } from './engines/build-variables.ts';
import { buildDockerfile, buildWithBuildx } from './engines/buildx.ts';
import type { BuildJob, Engine } from './engines/engine.ts';
import { buildWithProcesses } from './engines/process.ts';
import type { Environment } from './environment.ts';
import type { BuildSettings } from './given.ts';
import type { BuildPlan, ImagePlan } from './plan.ts';
import { sourceRoot, unpackSource } from './source.ts';
import { diskTree } from './source-tree.ts';

const ENGINES: Readonly<Record<Environment['BUILD_ENGINE'], Engine>> = {
  buildx: buildWithBuildx,
  process: buildWithProcesses,
};

export interface BuildRequest extends Omit<BuildJob, 'plan' | 'root'> {
  /** A gzipped tar on this machine. */
  readonly archive: string;
  /** The app's folder below the source's. */
  readonly sourceRoot: string;
  readonly settings: BuildSettings;
  readonly engine: Environment['BUILD_ENGINE'];
}

/** What a build came to; the program writes it to `result.json`. */
export interface BuildResult {
  readonly imageDigest: string;
  readonly plan: BuildPlan | ImagePlan;
}

/** From an archive to a pushed image. Throws a `BuildError` for everything that the owner of the source can put right. */
export async function build(request: BuildRequest): Promise<BuildResult> {
  const source = join(request.scratch, 'source');
  await mkdir(source, { recursive: true });
  await unpackSource(request.archive, source);
  await rm(request.archive, { force: true });
  const chosen = await sourceRoot(source, request.sourceRoot);
  // The platform tells it to every build, and no variable of the app has that name.
  const environment = request.variables['GANTRY_ENVIRONMENT'];
  const root = await sourceRoot(chosen, (await configuredRoot(diskTree(chosen), environment)) ?? '');
  const file = await dockerfileOf(diskTree(root), environment);
  if (file !== undefined) return buildFile(request, root, file);
  const base = await realpath(source);
  const plan = await planBuild(diskTree(base), { ...request.settings, environment }, relative(base, root) || '.');
  request.print(`Plan: ${plan.provider}, ${plan.runtime.name} ${plan.runtime.version} (${plan.runtime.versionSource})`);
  request.print(`Start: ${plan.start} (${plan.startSource})`);
  for (const { part, insteadOf, source } of plan.decisions)
    if (insteadOf !== undefined) request.print(`Overruled by ${source}: ${part} would have been ${insteadOf}`);
  const { releaseCommand, port } = plan.settings ?? {};
  const [release] = plan.decisions.filter(({ part }) => part === 'release');
  if (release !== undefined && releaseCommand !== undefined)
    request.print(`Release command: ${release.value} (${release.source}), unless the service has one of its own`);
  else if (release !== undefined)
    request.print(
      `Release command proposed: ${release.value} (${release.source}). It runs once it is set: gantry service update --release-command '${release.value}'`,
    );
  const found = plan.decisions.find(({ part }) => part === 'port');
  if (port !== undefined) request.print(`Port: ${port} (${found?.source}), unless the service has one of its own`);
  for (const note of plan.notes) request.print(`Note: ${note}`);
  for (const note of variableNotes(request, plan)) request.print(`Note: ${note}`);
  const imageDigest = await ENGINES[request.engine]({ ...request, root: join(base, plan.root), plan });
  return { imageDigest, plan };
}

/** No variable of the app is set aside without a word. */
function variableNotes({ variables }: BuildRequest, { runtime }: BuildPlan): string[] {
  const overridden = overriddenVariables(variables, runtime.name);
  const withheld = Object.keys(variables).filter((name) => !isForInstall(name));
  return [
    ...(overridden.length > 0
      ? [`the build does not use your ${overridden.join(', ')}: the builder sets the same itself`]
      : []),
    ...(withheld.length > 0
      ? [
          `your ${withheld.join(', ')} is not set while packages are installed, so that those that only the build needs are installed too`,
        ]
      : []),
  ];
}

async function buildFile(request: BuildRequest, root: string, file: OwnDockerfile): Promise<BuildResult> {
  if (request.engine === 'process') {
    throw new BuildError(
      `this app is built by its ${file.path}, which takes a container engine and a real cluster: this machine has neither. To build it here without the Dockerfile, add a gantry.json with "provider", such as node or python`,
    );
  }
  request.print(`Plan: dockerfile, ${file.path}${file.target === undefined ? '' : `, stage ${file.target}`}`);
  const { installCommand, buildCommand } = request.settings;
  if (installCommand !== null || buildCommand !== null) {
    request.print(`Note: the service's install and build commands are not used; ${file.path} says what is done`);
  }
  return buildDockerfile({ ...request, root }, file);
}
