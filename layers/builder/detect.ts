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

/** Why a Dockerfile is not carried out, and what to do. */
export const NO_DOCKERFILE =
  'A Dockerfile takes a container engine and a cluster that runs containers, which the builder does not use yet; build the image elsewhere and deploy it as a service of kind image, or add gantry.json with "provider" and "start"';

/**
 * Plans the build of a source tree. `Procfile` wins over `gantry.json`, which wins over what is detected.
 * Throws a `BuildError` where nothing fits, a file is not valid or no start command is found.
 */
export async function planBuild(tree: SourceTree): Promise<BuildPlan> {
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
  return BuildPlan.parse({
    ...detected,
    provider: provider.name,
    install: commands(config.build?.install) ?? detected.install,
    installInputs: config.build?.install === undefined ? detected.installInputs : [],
    build: commands(config.build?.build) ?? detected.build,
    start: start.line,
    startSource: start.source,
    command: start.command ?? commandVector(start.line),
  });
}

/** The folder that `gantry.json` names as the app's own, or undefined where it names none. */
export async function configuredRoot(tree: SourceTree): Promise<string | undefined> {
  return (await readAppConfig(tree)).config.build?.root;
}

async function chooseProvider(tree: SourceTree, config: AppConfig): Promise<Provider> {
  for (const provider of PROVIDERS) {
    if (config.provider === undefined ? await provider.detect(tree) : config.provider === provider.name)
      return provider;
  }
  const names = await tree.list('.');
  if (names.includes('Dockerfile')) throw new BuildError(`this app is built by its Dockerfile only. ${NO_DOCKERFILE}`);
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
