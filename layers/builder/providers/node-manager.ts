import { BuildError } from '../build-error.ts';
import type { Tool } from '../plan.ts';
import type { SourceTree } from '../source-tree.ts';
import { unlocked } from './provider.ts';

/** What the choice of a package manager reads of `package.json`. */
export interface ManagerHints {
  readonly packageManager?: string | undefined;
  readonly engines?: Readonly<Record<string, unknown>> | undefined;
}

/** A package manager of Node.js, and the commands by which it does a build's steps. */
export interface NodeManager {
  readonly name: 'npm' | 'pnpm' | 'yarn';
  /** What it was chosen by. */
  readonly source: string;
  /** The program to install first; npm comes with Node.js. */
  readonly tool?: Tool;
  /** What the log says where no lock file pins the versions. */
  readonly note?: string;
  readonly install: string;
  /** Takes out development dependencies; undefined where this version cannot. */
  readonly prune?: string;
  /** The files beside `package.json` that an install reads. */
  readonly inputs: readonly string[];
  /** Its cache below the home folder. */
  readonly cacheFolder: string;
}

/** The last release of each line of pnpm: the line that wrote a lock file reads it back without a change. */
const PNPM: Readonly<Record<string, string>> = {
  '6': '6.35.1',
  '7': '7.33.7',
  '8': '8.15.9',
  '9': '9.15.9',
  '10': '10.34.9',
};
const YARN: Readonly<Record<string, string>> = { '1': '1.22.22', '2': '2.4.2', '3': '3.8.7', '4': '4.18.1' };
const DEFAULT_PNPM = '10';
const ENGINES = 'package.json > engines';
const NPM_LOCKS = ['package-lock.json', 'npm-shrinkwrap.json'];

/**
 * Chooses by `packageManager`, then by lock file, then by `engines`. A lock file beside npm's wins: npm writes its own where
 * someone calls it by accident. Throws a `BuildError` for a manager that the builder does not know.
 */
export async function chooseManager(tree: SourceTree, hints: ManagerHints): Promise<NodeManager> {
  const names = await tree.list('.');
  const [, named, version] = /^([a-z]+)@(\d+\.\d+\.\d+[\w.-]*)/.exec(hints.packageManager ?? '') ?? [];
  const lockOf = (manager: string) => (manager === 'pnpm' ? 'pnpm-lock.yaml' : 'yarn.lock');
  const engine = (manager: string) => versionOf(hints.engines?.[manager]);
  const field = named === undefined ? undefined : 'package.json > packageManager';
  for (const manager of ['pnpm', 'yarn'] as const) {
    if (named !== manager && (named !== undefined || !names.includes(lockOf(manager)))) continue;
    const source = field ?? lockOf(manager);
    return manager === 'pnpm'
      ? pnpm(tree, names, version ?? engine('pnpm'), source)
      : yarn(tree, names, version ?? engine('yarn'), source);
  }
  const locked = NPM_LOCKS.some((lock) => names.includes(lock));
  if (!locked) {
    refuseBun(names, named);
    if (named === undefined && hints.engines?.pnpm !== undefined) return pnpm(tree, names, engine('pnpm'), ENGINES);
    if (named === undefined && hints.engines?.yarn !== undefined) return yarn(tree, names, engine('yarn'), ENGINES);
  }
  return {
    name: 'npm',
    source: field ?? NPM_LOCKS.find((lock) => names.includes(lock)) ?? 'default',
    ...(!locked && { note: unlocked('package-lock.json', 'npm install') }),
    install: locked ? 'npm ci' : 'npm install --no-package-lock',
    prune: `npm prune --omit=dev${locked ? '' : ' --no-package-lock'}`,
    inputs: [...NPM_LOCKS, '.npmrc'],
    cacheFolder: '~/.npm',
  };
}

async function pnpm(
  tree: SourceTree,
  names: readonly string[],
  asked: string | undefined,
  source: string,
): Promise<NodeManager> {
  const lock = (await tree.read('pnpm-lock.yaml')) ?? '';
  const written = /^lockfileVersion:\s*['"]?([\d.]+)/m.exec(lock)?.[1] ?? '';
  const line = { '5.3': '6', '5.4': '7', '6.0': '8', '6.1': '8' }[written] ?? DEFAULT_PNPM;
  const locked = names.includes('pnpm-lock.yaml');
  return {
    name: 'pnpm',
    source,
    tool: { name: 'pnpm', registry: 'npm', package: 'pnpm', version: exact(PNPM, asked ?? line) },
    ...(!locked && { note: unlocked('pnpm-lock.yaml', 'pnpm install') }),
    install: `pnpm install ${locked ? '--frozen-lockfile' : '--no-frozen-lockfile'}`,
    prune: 'pnpm prune --prod --ignore-scripts',
    inputs: ['pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc', '.pnpmfile.cjs'],
    cacheFolder: '~/.local/share/pnpm',
  };
}

async function yarn(
  tree: SourceTree,
  names: readonly string[],
  asked: string | undefined,
  source: string,
): Promise<NodeManager> {
  const lock = (await tree.read('yarn.lock')) ?? '';
  const written = Number(/^__metadata:\s+version:\s*(\d+)/m.exec(lock)?.[1] ?? 0);
  const line =
    written === 0 ? (names.includes('.yarnrc.yml') ? '4' : '1') : written < 5 ? '2' : written < 7 ? '3' : '4';
  const version = exact(YARN, asked ?? line);
  const [classic, frozen] = [version.startsWith('1.') || version === '1', names.includes('yarn.lock')];
  const tool = { name: 'yarn', registry: 'npm', package: classic ? 'yarn' : '@yarnpkg/cli-dist', version } as const;
  const note = frozen ? {} : { note: unlocked('yarn.lock', 'yarn install') };
  if (classic) {
    return {
      name: 'yarn',
      source,
      tool,
      ...note,
      install: frozen ? 'yarn install --frozen-lockfile' : 'yarn install',
      prune: 'yarn install --production --ignore-scripts --prefer-offline',
      inputs: ['yarn.lock', '.yarnrc', '.npmrc'],
      cacheFolder: '~/.cache/yarn',
    };
  }
  const customised = names.includes('.yarn') || names.includes('.pnp.cjs');
  return {
    name: 'yarn',
    source,
    tool,
    ...note,
    install: frozen ? 'yarn install --immutable' : 'yarn install --no-immutable',
    ...(Number(version.split('.')[0]) >= 4 && { prune: 'yarn workspaces focus --production --all' }),
    inputs: customised ? [] : ['yarn.lock', '.yarnrc.yml'],
    cacheFolder: '~/.yarn/berry',
  };
}

/** A bare major version becomes the release of it that the builder knows; what the app pins is taken as it is. */
function exact(releases: Readonly<Record<string, string>>, version: string): string {
  return releases[version] ?? version;
}

/** The version that `engines` asks for: an exact one as it is, of a range the major version that it begins with. */
function versionOf(range: unknown): string | undefined {
  const text = String(range ?? '').trim();
  const [, version, major] = /^[\^~>=v]*\s*((\d+)(?:\.[\dx*]+)*)/.exec(text) ?? [];
  return version !== undefined && /^\d+\.\d+\.\d+$/.test(text) ? version : major;
}

function refuseBun(names: readonly string[], named: string | undefined): void {
  const lock = names.find((name) => name === 'bun.lock' || name === 'bun.lockb');
  if (lock === undefined && named !== 'bun') return;
  const reason = lock === undefined ? 'package.json > packageManager names bun' : `${lock} belongs to Bun`;
  throw new BuildError(
    `${reason}, which is not supported yet; run "npm install" and commit package-lock.json in its place`,
  );
}
