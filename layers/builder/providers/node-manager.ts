import semver from 'semver';
import type { Tool } from '../plan.ts';
import type { SourceTree } from '../source-tree.ts';
import { devEngine, type PackageJson } from './node-manifest.ts';
import { moonToolchain } from './node-moon.ts';
import { type Sourced, unlocked } from './provider.ts';
import { toolVersion } from './version-files.ts';

const MANAGERS = ['npm', 'pnpm', 'yarn', 'bun'] as const;
type ManagerName = (typeof MANAGERS)[number];

/** A package manager of Node.js, with its commands for the steps of a build. */
export interface NodeManager {
  readonly name: ManagerName;
  /** The file and the rule that chose the manager. */
  readonly source: string;
  /**
   * The program to install first. Undefined for npm: it comes with Node.js, and reads lock files of every npm version.
   */
  readonly tool?: Tool;
  /** The note in the log if no lock file pins the versions. */
  readonly note?: string;
  readonly install: string;
  /** Removes development dependencies. Undefined if this version of the manager cannot. */
  readonly prune?: string;
  /** Whether the manager can prune a workspace without removing packages that other members need. */
  readonly prunesWorkspaces: boolean;
  /**
   * Flags before those of single members, for an install of only some members of a workspace. Undefined if the manager
   * cannot do so safely.
   */
  readonly only?: readonly string[];
  /** The files next to `package.json` that an install reads. */
  readonly inputs: readonly string[];
  /** The manager's cache below the home folder. */
  readonly cacheFolder: string;
}

/**
 * The last release of each line as of November 2026. A release of the line that wrote a lock file reads the file
 * without a change.
 */
const RELEASES: Readonly<Record<Exclude<ManagerName, 'npm'>, Readonly<Record<string, string>>>> = {
  pnpm: {
    ...{ '5': '5.18.11', '6': '6.35.1', '7': '7.33.7', '8': '8.15.9' },
    ...{ '9': '9.15.9', '10': '10.34.9', '11': '11.28.10', '12': '12.21.0' },
  },
  yarn: { '1': '1.22.22', '2': '2.4.2', '3': '3.8.7', '4': '4.18.1' },
  bun: { '1': '1.4.5' },
};
const DEFAULT_PNPM = '10';
const KEEP_NOTHING = '--config.modules-cache-max-age=0 --config.confirm-modules-purge=false';
/** The order counts. Lock files of other managers win over npm's, because somebody may have run npm by accident. */
const LOCKS: readonly (readonly [ManagerName, string])[] = [
  ['pnpm', 'pnpm-lock.yaml'],
  ['bun', 'bun.lock'],
  ['bun', 'bun.lockb'],
  ['yarn', 'yarn.lock'],
  ['npm', 'package-lock.json'],
  ['npm', 'npm-shrinkwrap.json'],
];

/** The manager that the app asks for, the place of the request, and the requested version or range. */
interface Choice extends Sourced<ManagerName> {
  readonly version?: string | undefined;
}

/**
 * Chooses the manager by `packageManager`, `devEngines`, the lock file, `volta` and `engines`, in that order; npm by
 * default. The version is the one that any of them names, otherwise that of the line that wrote the lock file.
 */
export async function chooseManager(
  tree: SourceTree,
  names: readonly string[],
  manifest: PackageJson,
): Promise<NodeManager> {
  const choice = await chosen(tree, names, manifest);
  const version = choice.version ?? versionNamed(manifest, choice.value);
  const parts = { tree, names, source: choice.source, asked: version };
  if (choice.value === 'pnpm') return pnpm(parts);
  if (choice.value === 'yarn') return yarn(parts);
  return choice.value === 'bun' ? bun(parts) : npm(parts);
}

async function chosen(tree: SourceTree, names: readonly string[], manifest: PackageJson): Promise<Choice> {
  const [, name, range] = /^([a-z]+)@([^+]+)/.exec(manifest.packageManager?.trim() ?? '') ?? [];
  if (isManager(name)) return { value: name, source: 'package.json > packageManager', version: range };
  for (const { name: engine, version } of devEngine(manifest, 'packageManager')) {
    if (isManager(engine)) return { value: engine, source: 'package.json > devEngines > packageManager', version };
  }
  const lock = LOCKS.find(([, file]) => names.includes(file));
  if (lock !== undefined) return { value: lock[0], source: lock[1] };
  if (names.includes('pnpm-workspace.yaml')) return { value: 'pnpm', source: 'pnpm-workspace.yaml' };
  if (names.includes('.yarnrc.yml')) return { value: 'yarn', source: '.yarnrc.yml' };
  if (names.includes('bunfig.toml')) return { value: 'bun', source: 'bunfig.toml' };
  const moon = (await moonToolchain(tree)).manager;
  if (isManager(moon?.value)) return { value: moon.value, source: moon.source };
  for (const field of ['volta', 'engines'] as const) {
    const found = MANAGERS.find((manager) => manager !== 'npm' && typeof manifest[field]?.[manager] === 'string');
    if (found !== undefined) return { value: found, source: `package.json > ${field}` };
  }
  for (const manager of ['pnpm', 'yarn', 'bun'] as const) {
    const tool = await toolVersion(tree, [manager]);
    if (tool !== undefined) return { value: manager, source: tool.source, version: tool.value };
  }
  return { value: 'npm', source: 'default' };
}

function isManager(name: string | undefined): name is ManagerName {
  return MANAGERS.some((manager) => manager === name);
}

function versionNamed(manifest: PackageJson, manager: ManagerName): string | undefined {
  const named = [manifest.volta?.[manager], manifest.engines?.[manager]];
  return named.find((value): value is string => typeof value === 'string');
}

/** A manager that a command calls although another one installs, in the builder's default release. */
export function otherTool(name: 'pnpm' | 'yarn' | 'bun'): Tool {
  const lines = { pnpm: DEFAULT_PNPM, yarn: '1', bun: '1' } as const;
  return { name, registry: 'npm', package: name, version: release(name, undefined, lines[name]) };
}

interface Parts {
  readonly tree: SourceTree;
  readonly names: readonly string[];
  readonly source: string;
  readonly asked: string | undefined;
}

function npm({ names, source }: Parts): NodeManager {
  const locked = names.includes('package-lock.json') || names.includes('npm-shrinkwrap.json');
  return {
    name: 'npm',
    source,
    ...(!locked && { note: unlocked('package-lock.json', 'npm install') }),
    install: locked ? 'npm ci' : 'npm install --no-package-lock',
    prune: `npm prune --omit=dev${locked ? '' : ' --no-package-lock'}`,
    prunesWorkspaces: true,
    inputs: ['package-lock.json', 'npm-shrinkwrap.json', '.npmrc'],
    cacheFolder: '~/.npm',
  };
}

async function pnpm({ tree, names, source, asked }: Parts): Promise<NodeManager> {
  const lock = (await tree.head('pnpm-lock.yaml')) ?? '';
  const written = /^lockfileVersion:\s*['"]?([\d.]+)/m.exec(lock)?.[1] ?? '';
  const line = { '5.1': '5', '5.2': '5', '5.3': '6', '5.4': '7', '6.0': '8', '6.1': '8' }[written] ?? DEFAULT_PNPM;
  const locked = names.includes('pnpm-lock.yaml');
  // `pnpm prune` handles one package alone, so workspaces install again. `KEEP_NOTHING` makes pnpm delete unneeded
  // packages at once instead of after a week.
  const production = `pnpm install --prod --frozen-lockfile --prefer-offline --ignore-scripts ${KEEP_NOTHING}`;
  const workspace = names.includes('pnpm-workspace.yaml');
  const version = release('pnpm', asked, line);
  // Before pnpm 9, a filter installs other members too. Filters are not safe either if each member has its own lock
  // file, or a setting changes how packages are linked.
  const settings = `${(await tree.read('.npmrc')) ?? ''}${(await tree.read('pnpm-workspace.yaml')) ?? ''}`;
  const filters =
    workspace &&
    locked &&
    Number(version.split('.')[0]) >= 9 &&
    !/node-?linker|shared-?workspace-?lockfile|inject/i.test(settings);
  return {
    name: 'pnpm',
    source,
    tool: { name: 'pnpm', registry: 'npm', package: 'pnpm', version },
    ...(filters && { only: ["--filter '{.}'"] }),
    ...(!locked && { note: unlocked('pnpm-lock.yaml', 'pnpm install') }),
    install: `pnpm install ${locked ? '--frozen-lockfile' : '--no-frozen-lockfile'}`,
    prune: workspace && locked ? production : 'pnpm prune --prod --ignore-scripts',
    prunesWorkspaces: locked,
    inputs: ['pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc', '.pnpmfile.cjs'],
    cacheFolder: '~/.local/share/pnpm',
  };
}

async function yarn({ tree, names, source, asked }: Parts): Promise<NodeManager> {
  const lock = (await tree.head('yarn.lock')) ?? '';
  const written = Number(/^__metadata:\s+version:\s*(\d+)/m.exec(lock)?.[1] ?? 0);
  const line =
    written === 0 ? (names.includes('.yarnrc.yml') ? '4' : '1') : written < 5 ? '2' : written < 7 ? '3' : '4';
  const version = release('yarn', asked, line);
  const [classic, frozen] = [version.startsWith('1.') || version === '1', names.includes('yarn.lock')];
  const common = {
    name: 'yarn' as const,
    source,
    tool: { name: 'yarn', registry: 'npm', package: classic ? 'yarn' : '@yarnpkg/cli-dist', version } as const,
    ...(!frozen && { note: unlocked('yarn.lock', 'yarn install') }),
  };
  if (classic) {
    return {
      ...common,
      install: frozen ? 'yarn install --frozen-lockfile' : 'yarn install',
      prune: 'yarn install --production --ignore-scripts --prefer-offline',
      prunesWorkspaces: true,
      inputs: ['yarn.lock', '.yarnrc', '.npmrc'],
      cacheFolder: '~/.cache/yarn',
    };
  }
  const customised = names.includes('.yarn') || names.includes('.pnp.cjs');
  return {
    ...common,
    install: frozen ? 'yarn install --immutable' : 'yarn install --no-immutable',
    ...(Number(version.split('.')[0]) >= 4 && { prune: 'yarn workspaces focus --production --all' }),
    prunesWorkspaces: true,
    inputs: customised ? [] : ['yarn.lock', '.yarnrc.yml'],
    cacheFolder: '~/.yarn/berry',
  };
}

function bun({ names, source, asked }: Parts): NodeManager {
  const locked = names.includes('bun.lock') || names.includes('bun.lockb');
  const install = `bun install ${locked ? '--frozen-lockfile' : '--no-save'}`;
  const version = release('bun', asked, '1');
  return {
    name: 'bun',
    source,
    tool: { name: 'bun', registry: 'npm', package: 'bun', version },
    ...(locked && semver.gte(semver.coerce(version) ?? '0.0.0', '1.2.0') && { only: ['--filter ./'] }),
    ...(!locked && { note: unlocked('bun.lock', 'bun install') }),
    install,
    prune: `rm -rf node_modules && ${install} --production --ignore-scripts`,
    prunesWorkspaces: false,
    inputs: ['bun.lock', 'bun.lockb', 'bunfig.toml', '.npmrc'],
    cacheFolder: '~/.bun/install/cache',
  };
}

/**
 * An exact version is returned unchanged. A range becomes the newest known release within it, otherwise its lowest
 * version.
 */
function release(manager: keyof typeof RELEASES, asked: string | undefined, line: string): string {
  const known = RELEASES[manager];
  const text = asked?.trim() ?? '';
  const exact = semver.valid(text);
  if (exact !== null) return exact;
  const range = semver.validRange(text);
  if (text === '' || range === null || range === '*') return known[line] ?? line;
  const preferred = known[line];
  if (preferred !== undefined && semver.satisfies(preferred, range)) return preferred;
  const fitting = semver.rsort(Object.values(known).filter((version) => semver.satisfies(version, range)));
  return fitting[0] ?? semver.minVersion(range)?.version ?? line;
}
