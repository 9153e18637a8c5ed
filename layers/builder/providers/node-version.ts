import semver from 'semver';
import { BuildError } from '../build-error.ts';
import type { PlannedRuntime } from '../plan.ts';
import type { SourceTree } from '../source-tree.ts';
import { devEngine, type PackageJson } from './node-manifest.ts';
import { moonToolchain } from './node-moon.ts';
import type { Sourced } from './provider.ts';
import { toolVersion, versionFile } from './version-files.ts';

/** The default version, which is Lambda's version too. */
export const DEFAULT_NODE = '24';
/**
 * Major versions in order of preference: long-term releases first, newer before older. Each has its last minor version
 * as of November 2026.
 */
const LINES: readonly (readonly [major: number, minor: number])[] = [
  ...([
    [24, 21],
    [26, 10],
    [22, 23],
    [20, 20],
    [18, 20],
    [16, 20],
    [14, 21],
    [12, 22],
  ] as const),
  ...([
    [25, 9],
    [23, 11],
    [21, 7],
    [19, 9],
    [17, 9],
    [15, 14],
    [13, 14],
    [11, 15],
    [10, 24],
  ] as const),
];
/** Lines with long-term support, newest first, as `lts/*` and `lts/-1` count them. */
const LTS = [24, 22, 20, 18, 16, 14, 12];
const NEWEST = String(Math.max(...LINES.map(([major]) => major)));
const CODENAMES: Readonly<Record<string, number>> = {
  krypton: 24,
  jod: 22,
  iron: 20,
  hydrogen: 18,
  gallium: 16,
  fermium: 14,
  erbium: 12,
};

/** The version of a plan, and a note for the log. */
export interface NodeVersion extends PlannedRuntime {
  readonly note?: string;
}

/**
 * The version of Node.js for an app. The first request counts, in this order: `devEngines`, `engines`, `volta`,
 * `.nvmrc`, `.node-version`, `.tool-versions` and `mise.toml`, in the app's folder and then in the workspace's. If a
 * range allows several major versions, a later file may choose among them.
 */
export async function findNodeVersion(
  places: readonly { readonly tree: SourceTree; readonly manifest: PackageJson; readonly folder: string }[],
): Promise<NodeVersion> {
  let open: { readonly asked: Sourced<string>; readonly range: string } | undefined;
  const notes: string[] = [];
  for (const place of places) {
    for (const asked of await requestsOf(place)) {
      const version = resolveNodeVersion(asked.value, asked.source);
      if (version === undefined) {
        notes.push(
          `${asked.source} asks for Node ${JSON.stringify(asked.value)}, which is not a version; the build ignores it`,
        );
        continue;
      }
      const range = semver.validRange(asked.value);
      if (open !== undefined) {
        if (semver.intersects(open.range, toRange(version))) return planned(version, asked.source, notes);
        continue;
      }
      if (range === null || !isOpen(range)) return planned(version, asked.source, notes);
      open = { asked, range };
    }
  }
  if (open === undefined) return planned(DEFAULT_NODE, 'default', notes);
  const version = resolveNodeVersion(open.asked.value, open.asked.source) ?? DEFAULT_NODE;
  return planned(version, open.asked.source, notes);
}

function planned(version: string, versionSource: string, notes: readonly string[]): NodeVersion {
  const [note] = notes;
  return { name: 'node', version, versionSource, ...(note !== undefined && { note }) };
}

/** Whether a range allows releases of more than one major version. */
function isOpen(range: string): boolean {
  return LINES.filter(([major]) => semver.intersects(range, toRange(String(major)))).length > 1;
}

/** The range of all releases that a version stands for. */
function toRange(version: string): string {
  return version.split('.').length === 3 ? version : `${version}.x`;
}

async function requestsOf({
  tree,
  manifest,
  folder,
}: {
  readonly tree: SourceTree;
  readonly manifest: PackageJson;
  readonly folder: string;
}): Promise<Sourced<string>[]> {
  const at = (place: string) => (folder === '' ? place : `${folder}/${place}`);
  const field = (place: string, value: unknown): Sourced<string>[] =>
    typeof value === 'string' && value.trim() !== '' ? [{ value, source: `package.json > ${place}` }] : [];
  const runtime = devEngine(manifest, 'runtime').find(({ name }) => name === 'node');
  const files = [
    await versionFile(tree, '.nvmrc'),
    await versionFile(tree, '.node-version'),
    await toolVersion(tree, ['nodejs', 'node']),
  ];
  const found = [
    ...field('devEngines > runtime', runtime?.version),
    ...field('engines > node', manifest.engines?.['node']),
    ...field('volta > node', manifest.volta?.['node']),
    ...[...files, (await moonToolchain(tree)).version].filter((file) => file !== undefined),
  ];
  return found.map(({ value, source }) => ({ value, source: at(source) }));
}

/**
 * The version for a request in `engines.node`, `.nvmrc` and similar files, by the rules of node-semver and of nvm's
 * names. An exact version or a minor line is returned unchanged. A range becomes the preferred major version within it.
 * Undefined if the text is not a request. Throws a `BuildError` if no release fits.
 */
function resolveNodeVersion(request: string, source: string): string | undefined {
  const text = request
    .trim()
    .replace(/^node[/-]?(?=v?\d)/i, '')
    .replace(/(\d)\.(?=\s|$)/g, '$1');
  if (/^(latest|node|current)$/i.test(text)) return NEWEST;
  if (text === '' || /^(\*|x|stable|lts\/\*|lts)$/i.test(text)) return DEFAULT_NODE;
  const name = /^lts[/-](-?[\w]+)$/i.exec(text)?.[1]?.toLowerCase();
  if (name !== undefined) {
    const line = /^-\d+$/.test(name) ? LTS[-Number(name)] : CODENAMES[name];
    return line === undefined ? undefined : String(line);
  }
  const exact = semver.parse(text.replace(/^=/, '').trim(), { loose: true });
  if (exact !== null && exact.prerelease.length === 0) return exact.version;
  const range = semver.validRange(text, { loose: true });
  if (range === null && !/\d/.test(text)) return undefined;
  const found = range === null || exact !== null ? undefined : newestIn(range);
  if (found !== undefined) return found;
  throw new BuildError(
    `${source} asks for Node ${JSON.stringify(request)}, but no known version matches; ask for a version such as "${DEFAULT_NODE}.x"`,
  );
}

/**
 * The preferred major version whose later releases fit. If the range ends within a line, the last minor version or
 * exact release of that line that fits.
 */
function newestIn(range: string): string | undefined {
  const fits = (version: string) => semver.satisfies(version, range);
  for (const [major, last] of LINES) {
    if (fits(`${major}.999.999`)) return String(major);
    if (!semver.intersects(range, `${major}.x`)) continue;
    for (let minor = last; minor >= 0; minor -= 1) {
      if (fits(`${major}.${minor}.999`)) return `${major}.${minor}`;
      if (semver.intersects(range, `${major}.${minor}.x`)) {
        const named = range.match(/(?<!\d)\d{1,5}\.\d{1,5}\.\d{1,5}/g) ?? [];
        const exact = semver.rsort(
          named.filter((version) => fits(version) && version.startsWith(`${major}.${minor}.`)),
        );
        if (exact[0] !== undefined) return exact[0];
      }
    }
  }
  return undefined;
}
