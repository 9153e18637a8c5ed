import { join } from 'node:path';
import type { BuildPlan } from '../plan.ts';

/**
 * Variables that make a runtime's package managers produce files that work in an image, in every engine. They hold no
 * path.
 */
export const RUNTIME_VARIABLES: Readonly<Record<BuildPlan['runtime']['name'], Readonly<Record<string, string>>>> = {
  /* Yarn's Plug'n'Play needs Yarn itself at run time, and no image should hold Yarn's own cache. */
  node: {
    YARN_NODE_LINKER: 'node-modules',
    YARN_ENABLE_GLOBAL_CACHE: 'true',
    YARN_ENABLE_TELEMETRY: '0',
    COREPACK_ENABLE_STRICT: '0',
  },
  python: {
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_NO_INPUT: '1',
    UV_LINK_MODE: 'copy',
    UV_PYTHON: 'python',
    UV_PYTHON_DOWNLOADS: 'never',
    POETRY_VIRTUALENVS_IN_PROJECT: 'true',
    POETRY_VIRTUALENVS_CREATE: 'true',
    PDM_CHECK_UPDATE: 'false',
    PIPENV_VENV_IN_PROJECT: '1',
    PIPENV_IGNORE_VIRTUALENVS: '1',
  },
  go: { CGO_ENABLED: '0', GOFLAGS: '-modcacherw' },
  rust: { CARGO_INCREMENTAL: '0', CARGO_TERM_COLOR: 'never' },
  php: { COMPOSER_ALLOW_SUPERUSER: '1', COMPOSER_NO_INTERACTION: '1' },
  ruby: { BUNDLE_PATH: 'vendor/bundle', BUNDLE_BIN: 'vendor/bundle/bin', BUNDLE_SILENCE_ROOT_WARNING: '1' },
  java: {},
  elixir: { MIX_ENV: 'prod' },
  deno: { DENO_DIR: '.deno', DENO_NO_UPDATE_CHECK: '1' },
};

/**
 * The variables of the image that the build has too. Left out: those of a Node.js app, whose NODE_ENV=production makes
 * package managers leave out packages that the build needs; and RUBYOPT, which makes Bundler look for gems before they
 * are installed.
 */
export function planVariables({ runtime, env }: Pick<BuildPlan, 'runtime' | 'env'>): Record<string, string> {
  if (runtime.name === 'node') return {};
  return Object.fromEntries(Object.entries(env).filter(([name]) => name !== 'PATH' && name !== 'RUBYOPT'));
}

/**
 * The variables of a build whose package managers keep their caches below `cache`. Python writes no bytecode on its
 * own, because that bytecode holds times, and an image holds no times.
 */
export function buildVariables(runtime: BuildPlan['runtime']['name'], cache: string): Record<string, string> {
  const at = (...parts: string[]) => join(cache, ...parts);
  const caches: Readonly<Record<BuildPlan['runtime']['name'], Readonly<Record<string, string>>>> = {
    node: {
      npm_config_cache: at('npm'),
      PNPM_HOME: at('pnpm'),
      YARN_CACHE_FOLDER: at('yarn'),
      YARN_GLOBAL_FOLDER: at('yarn-berry'),
    },
    python: {
      PIP_CACHE_DIR: at('pip'),
      UV_CACHE_DIR: at('uv'),
      POETRY_CACHE_DIR: at('poetry'),
      PDM_CACHE_DIR: at('pdm'),
      PIPENV_CACHE_DIR: at('pipenv'),
      PIP_NO_COMPILE: '1',
      PYTHONDONTWRITEBYTECODE: '1',
    },
    go: { GOMODCACHE: at('go', 'mod'), GOCACHE: at('go', 'build') },
    rust: { CARGO_HOME: at('cargo') },
    php: { COMPOSER_CACHE_DIR: at('composer') },
    ruby: { BUNDLE_USER_CACHE: at('bundle') },
    java: { GRADLE_USER_HOME: at('gradle') },
    elixir: { HEX_HOME: at('hex'), MIX_HOME: at('mix') },
    deno: {},
  };
  return { ...RUNTIME_VARIABLES[runtime], ...caches[runtime] };
}

/**
 * Variables that the engine always sets itself, even if the app sets them. Otherwise a build would not find its
 * programs, or nobody would find its leftovers.
 */
const RESERVED = ['PATH', 'HOME', 'TMPDIR', 'CODEBUILD_BUILD_ID'];

/**
 * The names of the app's variables that a build does not get because the engine sets them. The log of the build names
 * them.
 */
export function overriddenVariables(
  variables: Readonly<Record<string, string>>,
  runtime: BuildPlan['runtime']['name'],
): string[] {
  const given = appVariables(variables, runtime);
  return Object.keys(variables).filter((name) => !Object.hasOwn(given, name));
}

/** The app's variables for its commands, without those that the engine must set itself. */
export function appVariables(
  variables: Readonly<Record<string, string>>,
  runtime: BuildPlan['runtime']['name'],
): Record<string, string> {
  const taken = new Set([...RESERVED, ...Object.keys(buildVariables(runtime, ''))]);
  return Object.fromEntries(
    Object.entries(variables).filter(([name]) => /^[A-Za-z_]\w*$/.test(name) && !taken.has(name)),
  );
}

/**
 * Whether install and prune get a variable too. `NODE_ENV=production` belongs to an app at run time: with it, package
 * managers would leave out packages that the build needs.
 */
export function isForInstall(name: string): boolean {
  return name !== 'NODE_ENV';
}
