import { posix } from 'node:path';
import { BuildError } from './build-error.ts';
import { type LoadedConfig, readAppConfig } from './config.ts';
import { deno } from './providers/deno.ts';
import { elixir } from './providers/elixir.ts';
import { go } from './providers/go.ts';
import { java } from './providers/java.ts';
import { node } from './providers/node.ts';
import { php } from './providers/php.ts';
import type { App, Provider } from './providers/provider.ts';
import { python } from './providers/python.ts';
import { ruby } from './providers/ruby.ts';
import { rust } from './providers/rust.ts';
import { staticSite } from './providers/static.ts';
import type { SourceTree } from './source-tree.ts';

/** In order: the first that knows the source plans it. */
const PROVIDERS: readonly Provider[] = [php, go, rust, java, ruby, elixir, deno, node, python, staticSite];

/** The folder that `gantry.json` names as the app's own, or undefined where it names none. */
export async function configuredRoot(tree: SourceTree, environment?: string): Promise<string | undefined> {
  return (await readAppConfig(tree, environment)).config.build?.root;
}

/** A Dockerfile of the app's own, and what `gantry.json` says of how it is built. */
export interface OwnDockerfile {
  /** Its path below the app's folder. */
  readonly path: string;
  /** The stage that becomes the image; the last one where it is undefined. */
  readonly target: string | undefined;
  readonly arguments: Readonly<Record<string, string>>;
}

/**
 * The Dockerfile that builds this tree, or undefined where it is planned: one that `gantry.json` names, else one in the folder itself, unless
 * `gantry.json` names another provider. Throws a `BuildError` where it, or the stage that is asked for, is not there.
 */
export async function dockerfileOf(tree: SourceTree, environment?: string): Promise<OwnDockerfile | undefined> {
  const { config, file = 'gantry.json' } = await readAppConfig(tree, environment);
  const { dockerfile: named, target, arguments: given = {} } = config.build ?? {};
  if (config.provider !== undefined && config.provider !== 'dockerfile') {
    if (named === undefined) return undefined;
    throw new BuildError(`${file} names both a Dockerfile and the provider ${config.provider}; keep one of them`);
  }
  const path = posix.normalize(named ?? 'Dockerfile');
  if (path.split('/').includes('..') || posix.isAbsolute(path)) {
    throw new BuildError(`${file}: build.dockerfile leads out of the app's folder; give a path below it`);
  }
  const text = await tree.read(path);
  if (text === undefined) {
    if (named === undefined && config.provider === undefined) return undefined;
    throw new BuildError(`${file} asks for ${path}, which is not in the app's folder; check its name and case`);
  }
  const stages = [...text.matchAll(/^[ \t]*FROM[ \t].*[ \t]AS[ \t]+([\w.-]+)[ \t]*\r?$/gim)].map(
    ([, name = '']) => name,
  );
  const known = stages.some((name) => name.toLowerCase() === target?.toLowerCase());
  if (target !== undefined && !known) {
    const found = stages.length === 0 ? 'none of its stages has a name' : `it has ${stages.slice(0, 10).join(', ')}`;
    throw new BuildError(`${file} asks for the stage ${target} of ${path}, which is not there: ${found}`);
  }
  return { path, target, arguments: given };
}

/** The provider of an app, and the file or the rule by which it is. Throws a `BuildError` that says what was looked for where none knows it. */
export async function chooseProvider(
  app: App,
  { config, place }: LoadedConfig,
): Promise<{ provider: Provider; reason: string }> {
  for (const provider of PROVIDERS) {
    const asked = config.provider === provider.name ? place('provider') : undefined;
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
