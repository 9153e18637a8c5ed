import { BuildError } from './build-error.ts';
import type { LoadedConfig } from './config.ts';
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

/** The order counts: the first provider that recognises the source plans it. */
const PROVIDERS: readonly Provider[] = [php, go, rust, java, ruby, elixir, deno, node, python, staticSite];

/**
 * The provider of an app, and the file or rule that decided. If no provider recognises the source, throws a
 * `BuildError` that lists the files that each provider looks for.
 */
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
    `cannot tell what kind of app this is. Looked for ${looked}. ${found}${names.length > 10 ? ' and more' : ''}. Add one of these files, or set the root folder to the folder of the app`,
  );
}
