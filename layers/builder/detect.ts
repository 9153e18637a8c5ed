import { posix } from 'node:path';
import { BuildError } from './build-error.ts';
import { type AppConfig, type LoadedConfig, readAppConfig, readProcfile } from './config.ts';
import { BuildPlan, commandVector } from './plan.ts';
import { go } from './providers/go.ts';
import { node } from './providers/node.ts';
import type { Provider, Start } from './providers/provider.ts';
import { python } from './providers/python.ts';
import { staticSite } from './providers/static.ts';
import type { SourceTree } from './source-tree.ts';

/** In order: the first that knows the source plans it. */
const PROVIDERS: readonly Provider[] = [go, node, python, staticSite];

/** What a service's settings say of its build; null is what is detected. */
export interface BuildSettings {
  readonly installCommand: string | null;
  readonly buildCommand: string | null;
}

/**
 * Plans the build of a source tree. The service's settings win over `Procfile`, which wins over `gantry.json`, which wins over what is
 * detected. Throws a `BuildError` where nothing fits, a file is not valid or no start command is found.
 */
export async function planBuild(
  tree: SourceTree,
  settings: BuildSettings = { installCommand: null, buildCommand: null },
): Promise<BuildPlan> {
  const [loaded, procfile] = await Promise.all([readAppConfig(tree), readProcfile(tree)]);
  const { config } = loaded;
  const provider = await chooseProvider(tree, config);
  const given = givenStart(loaded, procfile);
  const detected = await provider.plan(tree, {
    ...(given && { start: given.line }),
    prune: config.build?.prune ?? true,
  });
  const start = given ?? detected.start;
  if (start === undefined) {
    throw new BuildError(
      `nothing says how to start this ${provider.name} app; add ${provider.startHint}, a Procfile with a "web:" line, or "start" in gantry.json`,
    );
  }
  const install = commands(settings.installCommand ?? config.build?.install);
  const { note, ...plan } = detected;
  return BuildPlan.parse({
    ...plan,
    ...(install === undefined && note !== undefined && { note }),
    provider: provider.name,
    install: install ?? detected.install,
    installInputs: install === undefined ? detected.installInputs : [],
    build: commands(settings.buildCommand ?? config.build?.build) ?? detected.build,
    start: start.line,
    startSource: start.source,
    command: start.command ?? commandVector(start.line),
  });
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

async function chooseProvider(tree: SourceTree, config: AppConfig): Promise<Provider> {
  for (const provider of PROVIDERS) {
    if (config.provider === undefined ? await provider.detect(tree) : config.provider === provider.name)
      return provider;
  }
  const names = await tree.list('.');
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

function commands(value: string | readonly string[] | undefined): readonly string[] | undefined {
  return typeof value === 'string' ? [value] : value;
}
