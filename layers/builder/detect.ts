import { posix } from 'node:path';
import { BuildError } from './build-error.ts';
import { type LoadedConfig, readAppConfig, readProcfile } from './config.ts';
import { BuildPlan, commandVector, type Decision } from './plan.ts';
import { go } from './providers/go.ts';
import { node } from './providers/node.ts';
import type { App, Provider, Sourced, Start } from './providers/provider.ts';
import { python } from './providers/python.ts';
import { staticSite } from './providers/static.ts';
import { type SourceTree, subTree } from './source-tree.ts';

/** In order: the first that knows the source plans it. */
const PROVIDERS: readonly Provider[] = [go, node, python, staticSite];

/** What a service's settings say of its build; null is what is detected. */
export interface BuildSettings {
  readonly installCommand: string | null;
  readonly buildCommand: string | null;
}

/**
 * Plans the build of the app in a folder of a source tree. The service's settings win over `Procfile`, which wins over `gantry.json`, which wins
 * over what is detected. Throws a `BuildError` where nothing fits, a file is not valid or no start command is found.
 */
export async function planBuild(
  source: SourceTree,
  settings: BuildSettings = { installCommand: null, buildCommand: null },
  folder = '.',
): Promise<BuildPlan> {
  const tree = subTree(source, folder);
  const [loaded, procfile] = await Promise.all([readAppConfig(tree), readProcfile(tree)]);
  const { config } = loaded;
  const given = givenStart(loaded, procfile);
  const app: App = {
    ...{ tree, source, folder, names: await tree.list('.') },
    given: { ...(given && { start: given.line }), prune: config.build?.prune ?? true },
  };
  const { provider, reason } = await chooseProvider(app, loaded);
  const detected = await provider.plan(app);
  const start = given ?? detected.start;
  if (start === undefined) {
    throw new BuildError(
      `nothing says how to start this ${provider.name} app; add ${provider.startHint}, a Procfile with a "web:" line, or "start" in gantry.json`,
    );
  }
  const install = givenCommands('installCommand', settings.installCommand, loaded, config.build?.install);
  const build = givenCommands('buildCommand', settings.buildCommand, loaded, config.build?.build);
  const root = detected.root ?? folder;
  const { packageManager } = detected.install;
  return BuildPlan.parse({
    provider: provider.name,
    runtime: detected.runtime,
    buildRuntimes: [],
    packageManager: packageManager?.value,
    tools: detected.install.tools ?? [],
    packages: detected.packages,
    root,
    folder: posix.relative(root, folder) || '.',
    install: install?.value ?? detected.install.commands,
    installInputs: install === undefined ? detected.install.inputs : [],
    build: build?.value ?? detected.build.commands,
    prune: detected.build.prune ?? [],
    start: start.line,
    startSource: start.source,
    command: start.command ?? commandVector(start.line),
    release: detected.release?.line,
    staticRoot: detected.staticRoot,
    dependencyFolders: detected.folders.dependencies,
    cacheFolders: detected.folders.caches,
    notes: [...(install === undefined ? (detected.install.notes ?? []) : []), ...(detected.build.notes ?? [])],
    env: detected.env,
    decisions: [
      { part: 'provider', value: provider.name, source: reason },
      {
        part: 'runtime',
        value: `${detected.runtime.name} ${detected.runtime.version}`,
        source: detected.runtime.versionSource,
      },
      ...(packageManager === undefined ? [] : [{ part: 'package manager' as const, ...packageManager }]),
      ...decided('install', install, { value: detected.install.commands, source: packageManager?.source ?? 'default' }),
      ...decided('build', build, { value: detected.build.commands, source: detected.build.source }),
      ...decided('start', lineOf(given), lineOf(detected.start)),
      ...decided('release', undefined, lineOf(detected.release)),
    ],
  });
}

/** What was decided of commands; where the owner of the source gave them, with what was detected in their place. */
function decided(
  part: Decision['part'],
  given: Sourced<readonly string[]> | undefined,
  detected: Sourced<readonly string[]> | undefined,
): Decision[] {
  const [line, found] = [given?.value.join(' && '), detected?.value.join(' && ')];
  if (given !== undefined && line !== undefined) {
    const other = found !== undefined && found !== '' && found !== line;
    return [{ part, value: line, source: given.source, ...(other && { insteadOf: found }) }];
  }
  return detected === undefined || !found ? [] : [{ part, value: found, source: detected.source }];
}

function lineOf(start: Start | undefined): Sourced<string[]> | undefined {
  return start && { value: [start.line], source: start.source };
}

function givenCommands(
  setting: string,
  set: string | null,
  { file = 'gantry.json' }: LoadedConfig,
  written: string | readonly string[] | undefined,
): Sourced<string[]> | undefined {
  if (set !== null) return { value: [set], source: `the service's ${setting}` };
  if (written === undefined) return undefined;
  const value = typeof written === 'string' ? [written] : [...written];
  return { value, source: `${file} > build > ${setting === 'installCommand' ? 'install' : 'build'}` };
}

/** The folder that `gantry.json` names as the app's own, or undefined where it names none. */
export async function configuredRoot(tree: SourceTree): Promise<string | undefined> {
  return (await readAppConfig(tree)).config.build?.root;
}

/**
 * The Dockerfile that builds this tree, or undefined where it is planned: one that `gantry.json` names, else one in the folder itself, unless
 * `gantry.json` names another provider. Throws a `BuildError` where it is asked for and not there.
 */
export async function dockerfileOf(tree: SourceTree): Promise<string | undefined> {
  const { config, file = 'gantry.json' } = await readAppConfig(tree);
  const named = config.build?.dockerfile;
  if (config.provider !== undefined && config.provider !== 'dockerfile') {
    if (named === undefined) return undefined;
    throw new BuildError(`${file} names both a Dockerfile and the provider ${config.provider}; keep one of them`);
  }
  const path = posix.normalize(named ?? 'Dockerfile');
  if (path.split('/').includes('..') || posix.isAbsolute(path)) {
    throw new BuildError(`${file}: build.dockerfile leads out of the app's folder; give a path below it`);
  }
  if (await tree.exists(path)) return path;
  if (named === undefined && config.provider === undefined) return undefined;
  throw new BuildError(`${file} asks for ${path}, which is not in the app's folder; check its name and case`);
}

async function chooseProvider(
  app: App,
  { config, file = 'gantry.json' }: LoadedConfig,
): Promise<{ provider: Provider; reason: string }> {
  for (const provider of PROVIDERS) {
    const asked = config.provider === provider.name ? `${file} > provider` : undefined;
    const reason = config.provider === undefined ? await provider.detect(app) : asked;
    if (reason !== undefined) return { provider, reason };
  }
  const { names } = app;
  const found = names.length === 0 ? 'The folder is empty' : `The folder has ${names.slice(0, 10).join(', ')}`;
  const looked = PROVIDERS.map((provider) => `${provider.name}: ${provider.looksFor}`).join('; ');
  throw new BuildError(
    `cannot tell what kind of app this is. Looked for ${looked}. ${found}${names.length > 10 ? ' and more' : ''}. Add one of these files, or set the root folder to where the app is`,
  );
}

function givenStart(loaded: LoadedConfig, procfile: Readonly<Record<string, string>>): Start | undefined {
  if (procfile.web !== undefined) return { line: procfile.web, source: 'Procfile' };
  const line = loaded.config.start;
  return line === undefined ? undefined : { line, source: loaded.file ?? 'gantry.json' };
}
