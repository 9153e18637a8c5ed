import { mkdir, realpath, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { BuildError } from './build-error.ts';
import { configBelow, type LoadedConfig, readAppConfig } from './config.ts';
import { planBuild } from './detect.ts';
import { isForInstall, overriddenVariables } from './engines/build-variables.ts';
import { buildDockerfile, buildWithBuildx } from './engines/buildx.ts';
import type { BuildJob, Engine } from './engines/engine.ts';
import { buildWithProcesses } from './engines/process.ts';
import type { Environment } from './environment.ts';
import type { BuildSettings } from './given.ts';
import { dockerfileOf, type OwnDockerfile } from './own-dockerfile.ts';
import type { BuildPlan, Decision, ImagePlan, Settings } from './plan.ts';
import { saidOfService } from './service-settings.ts';
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

/** The result of a build; the program writes it to `result.json`. */
export interface BuildResult {
  readonly imageDigest: string;
  readonly plan: BuildPlan | ImagePlan;
}

/** Builds an archive and pushes the image. Throws a `BuildError` for everything that the owner of the source can fix. */
export async function build(request: BuildRequest): Promise<BuildResult> {
  const source = join(request.scratch, 'source');
  await mkdir(source, { recursive: true });
  await unpackSource(request.archive, source);
  await rm(request.archive, { force: true });
  const chosen = await sourceRoot(source, request.sourceRoot);
  // The platform sets this variable in every build. No variable of an app may have its name.
  const environment = request.variables['GANTRY_ENVIRONMENT'];
  const outer = await readAppConfig(diskTree(chosen), environment);
  const root = await sourceRoot(chosen, outer.config.build?.root ?? '');
  const loaded = await configBelow(outer, diskTree(root), environment);
  const file = await dockerfileOf(diskTree(root), loaded);
  if (file !== undefined) return buildFile(request, root, file, loaded);
  const base = await realpath(source);
  const settings = { ...request.settings, environment };
  const plan = await planBuild(diskTree(base), settings, relative(base, root) || '.', loaded);
  request.print(`Plan: ${plan.provider}, ${plan.runtime.name} ${plan.runtime.version} (${plan.runtime.versionSource})`);
  request.print(`Start: ${plan.start} (${plan.startSource})`);
  for (const { part, insteadOf, source } of plan.decisions)
    if (insteadOf !== undefined) request.print(`Overruled by ${source}: ${part} would have been ${insteadOf}`);
  tellSettings(request, plan.decisions, plan.settings);
  for (const note of plan.notes) request.print(`Note: ${note}`);
  for (const note of variableNotes(request, plan)) request.print(`Note: ${note}`);
  const imageDigest = await ENGINES[request.engine]({ ...request, root: join(base, plan.root), plan });
  return { imageDigest, plan };
}

/** The parts of a plan that are settings of the service, with their names in the log. */
const SETTINGS: ReadonlyMap<Decision['part'], string> = new Map([
  ['release', 'Release command'],
  ['port', 'Port'],
  ['health', 'Health check'],
  ['watch paths', 'Watch paths'],
  ['schedule', 'Schedule'],
]);

/** Prints the settings from the source, and proposes a release command that was only detected. */
function tellSettings({ print }: BuildRequest, decisions: readonly Decision[], settings: Settings | undefined): void {
  for (const { part, value, source } of decisions) {
    const name = SETTINGS.get(part);
    if (name === undefined) continue;
    if (part === 'release' && settings?.releaseCommand === undefined)
      print(
        `Release command proposed: ${value} (${source}). It runs once it is set: gantry service update --release-command '${value}'`,
      );
    else print(`${name}: ${value} (${source}), unless the service has one of its own`);
  }
}

/** A note for each variable of the app that the build does not use. */
function variableNotes({ variables }: BuildRequest, { runtime }: BuildPlan): string[] {
  const overridden = overriddenVariables(variables, runtime.name);
  const withheld = Object.keys(variables).filter((name) => !isForInstall(name));
  return [
    ...(overridden.length > 0
      ? [`the build does not use your ${overridden.join(', ')}: the builder sets the same itself`]
      : []),
    ...(withheld.length > 0
      ? [
          `the build sets your ${withheld.join(', ')} only after the installation, because package managers would leave out packages that only the build needs`,
        ]
      : []),
  ];
}

async function buildFile(
  request: BuildRequest,
  root: string,
  file: OwnDockerfile,
  loaded: LoadedConfig,
): Promise<BuildResult> {
  if (request.engine === 'process') {
    throw new BuildError(
      `this app has a ${file.path}, and a platform on one machine cannot build Dockerfiles: that needs a container engine and a real cluster. To build the app here without its Dockerfile, add a gantry.json with "provider", such as node or python`,
    );
  }
  request.print(`Plan: dockerfile, ${file.path}${file.target === undefined ? '' : `, stage ${file.target}`}`);
  const { installCommand, buildCommand } = request.settings;
  if (installCommand !== null || buildCommand !== null) {
    request.print(`Note: the service's install and build commands are not used; ${file.path} builds the app`);
  }
  const { config, file: name } = loaded;
  const unused = [
    ...(['start', 'versions', 'packages', 'static'] as const).filter((field) => config[field] !== undefined),
    ...(['install', 'build', 'test', 'prune'] as const)
      .filter((field) => config.build?.[field] !== undefined)
      .map((field) => `build.${field}`),
  ];
  if (unused.length > 0)
    request.print(`Note: ${unused.join(', ')} of ${name} is not used; ${file.path} builds the app`);
  const { settings, decisions, notes } = saidOfService(loaded, request.settings.service);
  for (const note of notes) request.print(`Note: ${note}`);
  tellSettings(request, decisions, settings);
  const built = await buildDockerfile({ ...request, root }, file);
  return { ...built, plan: { ...built.plan, ...(settings && { settings, given: [...decisions] }) } };
}
