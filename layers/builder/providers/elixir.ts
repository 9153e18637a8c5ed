import type { SourceTree } from '../source-tree.ts';
import { defineProvider, unlocked } from './provider.ts';
import { toolVersion, versionFile } from './version-files.ts';

const DEFAULT_ELIXIR = '1.18';
/** The newest minor version to which a requirement may resolve. */
const NEWEST = 18;

interface Facts {
  /** The name of the application, and of its release; undefined if `mix.exs` does not name it literally. */
  readonly app: string | undefined;
  readonly mix: string;
  readonly phoenix: boolean;
  readonly scripts: ReadonlySet<string>;
}

/** Elixir apps, including Phoenix. The image holds a release, which includes Erlang. */
export const elixir = defineProvider<Facts>({
  name: 'elixir',
  looksFor: 'mix.exs',
  startHint: 'the name of the application ("app: :name") in mix.exs',
  assets: true,
  detect: ({ names }) => (names.includes('mix.exs') ? 'mix.exs' : undefined),
  async read({ tree, names }) {
    const mix = (await tree.read('mix.exs')) ?? '';
    const overlays = names.includes('rel') ? await tree.list('rel/overlays/bin') : [];
    return {
      ...{ mix, app: releaseOf(mix), phoenix: /\{\s*:phoenix\s*,/.test(mix) },
      scripts: new Set(overlays),
    };
  },
  async versions({ mix }, { tree }) {
    return { name: 'elixir', ...(await findVersion(tree, mix)) };
  },
  install(_, { names }) {
    const locked = names.includes('mix.lock');
    return {
      packageManager: { value: 'mix', source: 'mix.exs' },
      commands: [
        'mix local.hex --force --if-missing',
        'mix local.rebar --force --if-missing',
        'mix deps.get --only prod',
      ],
      // An umbrella project, or a dependency by path, has more files of its own.
      inputs: names.includes('apps') ? [] : ['mix.exs', 'mix.lock'].filter((name) => names.includes(name)),
      notes: locked ? [] : [unlocked('mix.lock', 'mix deps.get')],
    };
  },
  build({ app, mix }) {
    const assets = /['"]assets\.deploy['"]/.test(mix) ? ['mix assets.deploy'] : [];
    const release = app === undefined ? 'mix release --overwrite' : `mix release ${app} --overwrite`;
    const named = app !== undefined && new RegExp(`releases:\\s*\\[\\s*${app}:`).test(mix);
    return {
      commands: ['mix deps.compile', 'mix compile', ...assets, named ? release : 'mix release --overwrite'],
      source: 'mix.exs',
      prune: ['rm -rf deps _build/prod/lib assets/node_modules'],
    };
  },
  start({ app, scripts }) {
    if (app === undefined) return undefined;
    const folder = `_build/prod/rel/${app}/bin`;
    return scripts.has('server')
      ? { line: `${folder}/server`, source: 'rel/overlays/bin/server' }
      : { line: `${folder}/${app} start`, source: 'mix.exs' };
  },
  release: ({ app, scripts }) =>
    app !== undefined && scripts.has('migrate')
      ? { line: `_build/prod/rel/${app}/bin/migrate`, source: 'rel/overlays/bin/migrate' }
      : undefined,
  caches: () => ({ dependencies: ['deps'], caches: ['~/.cache/rebar3', '~/.hex'] }),
  packages: () => ({ build: ['git'], run: ['ca-certificates', 'libncurses6', 'libstdc++6', 'locales', 'openssl'] }),
  env: ({ phoenix }) => ({ MIX_ENV: 'prod', LANG: 'C.UTF-8', ...(phoenix && { PHX_SERVER: 'true' }) }),
});

/** The release that `mix release` makes: the one that `mix.exs` names, otherwise the application. */
function releaseOf(mix: string): string | undefined {
  return /releases:\s*\[\s*(\w+):/.exec(mix)?.[1] ?? /\bapp:\s*:(\w+)/.exec(mix)?.[1];
}

/**
 * Looks at `mise.toml` or `.tool-versions`, then `.elixir-version`, then the newest version that the requirement in
 * `mix.exs` allows.
 */
async function findVersion(tree: SourceTree, mix: string): Promise<{ version: string; versionSource: string }> {
  const asked = (await toolVersion(tree, ['elixir'])) ?? (await versionFile(tree, '.elixir-version'));
  const exact = /^v?(\d+\.\d+(?:\.\d+)?)/.exec(asked?.value ?? '')?.[1];
  if (asked !== undefined && exact !== undefined) return { version: exact, versionSource: asked.source };
  const [, operator, minor = '', patch] = /\belixir:\s*"\s*(~>|>=|==)?\s*1\.(\d+)(\.\d+)?/.exec(mix) ?? [];
  if (minor === '') return { version: DEFAULT_ELIXIR, versionSource: 'default' };
  const line = operator === '~>' && patch !== undefined ? Number(minor) : Math.max(NEWEST, Number(minor));
  const version = operator === undefined || operator === '==' ? `1.${minor}${patch ?? ''}` : `1.${line}`;
  return { version, versionSource: 'mix.exs > elixir' };
}
