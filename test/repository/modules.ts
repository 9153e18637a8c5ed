import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

/** Modules by path from the repository's root, each with its text. */
export type Tree = ReadonlyMap<string, string>;

const ROOT = join(import.meta.dirname, '../..');

/** Every folder of code, and the packages that it may import. docs/architecture.md, "Layers". */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'layers/contract': [],
  'layers/client': ['contract'],
  'layers/wiring': ['contract'],
  'layers/outbound': ['contract'],
  'layers/cloud': ['contract', 'outbound'],
  'layers/cluster': ['contract', 'cloud'],
  'layers/core': ['contract', 'wiring', 'outbound', 'cloud', 'cluster'],
  'layers/runtime': ['contract', 'cloud', 'core'],
  'layers/builder': ['contract', 'wiring', 'outbound'],
  functions: ['contract', 'wiring', 'cloud', 'cluster', 'core', 'runtime'],
  statemachines: ['contract'],
  infra: ['contract', 'client', 'wiring', 'cluster', 'statemachines'],
  local: ['contract', 'client', 'wiring'],
  cli: ['contract', 'client', 'builder'],
  dashboard: ['contract', 'client'],
};

/** The modules of some folders, from the disk. */
export function readTree(folders: readonly string[]): Tree {
  const files = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file) && !file.includes('node_modules') && !file.includes('fixtures/apps'))
      .map((file) => posix.join(folder, file)),
  );
  return new Map(files.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]));
}

/** A module's imports, types included, as written. */
export function specifiersOf(text: string): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, specifier = '']) => specifier);
}

/** The modules of the tree that a module imports. */
function importsOf(tree: Tree, file: string): string[] {
  return specifiersOf(tree.get(file) ?? '')
    .map((specifier) => resolve(file, specifier))
    .filter((target) => tree.has(target));
}

function resolve(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.normalize(posix.join(dirname(file), specifier));
  const [, name = '', path = ''] = /^@gantry\/([^/]+)\/(.+)$/.exec(specifier) ?? [];
  const folder = Object.keys(PACKAGES).find((each) => each.split('/').at(-1) === name);
  return folder === undefined ? specifier : `${folder}/${path}`;
}

/** Groups of modules that import each other in a circle, by Tarjan's algorithm. */
export function circlesOf(tree: Tree): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (file: string): number => {
    let low = order.size;
    order.set(file, low);
    stack.push(file);
    const own = low;
    for (const next of importsOf(tree, file)) {
      if (!order.has(next)) low = Math.min(low, visit(next));
      else if (stack.includes(next)) low = Math.min(low, order.get(next) ?? low);
    }
    lowest.set(file, low);
    if (low === own) {
      const circle = stack.splice(stack.indexOf(file));
      if (circle.length > 1) circles.push(circle.sort());
    }
    return low;
  };
  for (const file of tree.keys()) if (!order.has(file)) visit(file);
  return circles;
}

/** A room of core: the folder directly below `layers/core`. */
export interface Room {
  /** A room imports only rooms of a lower floor. */
  readonly floor: number;
  /** The files that other rooms and packages may import. */
  readonly public: readonly string[];
}

const CORE = 'layers/core/';

function roomOf(file: string): string | undefined {
  return file.startsWith(CORE) ? file.slice(CORE.length).split('/')[0] : undefined;
}

/** Imports between rooms of core that do not point downward, and modules of core outside of rooms. */
export function upwardImports(tree: Tree, rooms: Readonly<Record<string, Room>>): string[] {
  const files = [...tree.keys()].filter((file) => file.startsWith(CORE));
  const homeless = files
    .filter((file) => rooms[roomOf(file) ?? ''] === undefined)
    .map((file) => `${file} is in no room`);
  const upward = files.flatMap((file) =>
    importsOf(tree, file)
      .filter((target) => roomOf(target) !== undefined && roomOf(target) !== roomOf(file))
      .filter((target) => floorOf(rooms, target) >= floorOf(rooms, file))
      .map((target) => `${file} imports ${target}`),
  );
  return [...homeless, ...upward];
}

function floorOf(rooms: Readonly<Record<string, Room>>, file: string): number {
  return rooms[roomOf(file) ?? '']?.floor ?? 0;
}

/** Imports from outside of a room of core that reach a file not listed as public, and listed files that nobody imports. */
export function privateImports(tree: Tree, rooms: Readonly<Record<string, Room>>): string[] {
  const reached = new Set<string>();
  const strays = [...tree.keys()].flatMap((file) =>
    importsOf(tree, file).flatMap((target) => {
      const room = roomOf(target);
      if (room === undefined || room === roomOf(file)) return [];
      reached.add(target);
      const path = target.slice(CORE.length + room.length + 1);
      return rooms[room]?.public.includes(path) ? [] : [`${file} imports ${target}`];
    }),
  );
  const unused = Object.entries(rooms).flatMap(([room, { public: files }]) =>
    files
      .filter((path) => !reached.has(`${CORE}${room}/${path}`))
      .map((path) => `nobody imports ${CORE}${room}/${path}`),
  );
  return [...strays, ...unused];
}

/** Files and folders whose names are not kebab-case. */
export function oddNames(tree: Tree): string[] {
  return [...tree.keys()].filter((file) => file.split('/').some((part) => !/^[a-z0-9]+(?:[-.][a-z0-9]+)*$/.test(part)));
}

/** Test folders without a source folder: they test the whole product, or the repository. */
const BESIDE = ['api', 'attack', 'bench', 'browser', 'faults', 'journeys', 'permissions', 'repository'];

/** Test files in a wrong place: neither in the folder of their source (`test/<folder>/` for `<folder>/`) nor in a folder for tests of the whole. */
export function strayTests(tree: Tree): string[] {
  const folders = new Set([...tree.keys()].filter((file) => !file.startsWith('test/')).flatMap(foldersOf));
  return [...tree.keys()].filter((file) => {
    const [root, below = ''] = file.split('/');
    if (root !== 'test' || !file.endsWith('.test.ts') || BESIDE.includes(below)) return false;
    return !folders.has(posix.dirname(file).slice('test/'.length));
  });
}

function foldersOf(file: string): string[] {
  const parts = posix.dirname(file).split('/');
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
}
