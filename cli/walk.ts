import { type Dirent, existsSync, lstatSync } from 'node:fs';
import { opendir, readlink } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { gitFiles, ignoredFiles } from './git-files.ts';
import { defaultsOf, isLeftOut, type OwnRules, ownRules, type Rules, rootRules, rulesIn } from './ignored.ts';

export type Found =
  | { readonly kind: 'file'; readonly path: string; readonly name: string }
  | { readonly kind: 'link'; readonly path: string; readonly name: string; readonly target: string }
  /** Left out for a reason that the user should see. */
  | { readonly kind: 'left-out'; readonly name: string; readonly why: LeftOut };
export type LeftOut = 'secrets' | 'link' | 'special' | 'made' | 'submodule';

/**
 * The files of an upload of a folder, sorted by name, so that an unchanged folder makes the same archive. In a repository: the files that git tracks
 * or would add. Elsewhere: the files that no ignore file leaves out.
 */
export async function* walk(root: string): AsyncGenerator<Found> {
  const names = await namesInGit(root);
  if (names === undefined) yield* walkFolder(root, root, await rootRules(root));
  else for (const one of names) yield* 'why' in one ? [one] : foundAt(root, join(root, one.name));
}

type Named = { readonly name: string } | Extract<Found, { kind: 'left-out' }>;

/** The names to upload from a folder in a repository; undefined when git does not know the folder or ignores all of it. */
async function namesInGit(root: string): Promise<Named[] | undefined> {
  const known = await gitFiles(root);
  if (known === undefined || known.tracked.size + known.others.length === 0) return undefined;
  const all = [...known.tracked, ...known.others];
  const rules = await ownRules(root, all);
  const kept: Named[] = [];
  for (const name of all) {
    const { ignored, unignored } = rules.test(name);
    if (ignored) continue;
    const isTracked = known.tracked.has(name);
    const why = isTracked || unignored ? undefined : defaultsOf(name);
    if (why !== undefined) kept.push({ kind: 'left-out', ...why });
    else kept.push(...(await withInner(root, name, isTracked)));
  }
  kept.push(...(await takenIn(root, rules)));
  const byName = new Map(kept.map((one) => [one.name, one]));
  return [...byName.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** A name as it is or, for a repository of its own (a submodule or another one), the names in it. */
async function withInner(root: string, name: string, isTracked: boolean): Promise<Named[]> {
  const path = join(root, name);
  const isFolder = lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (!isFolder) return [{ name }];
  const prefix = name.replace(/\/$/, '');
  if (!existsSync(join(path, '.git'))) return isTracked ? [{ kind: 'left-out', name: prefix, why: 'submodule' }] : [];
  const inner = (await namesInGit(path)) ?? [];
  return inner.map((one) => ({ ...one, name: `${prefix}/${one.name}` }));
}

/** Names that git ignores and a .gantryignore takes in with `!`. */
async function takenIn(root: string, rules: OwnRules): Promise<Named[]> {
  if (rules.taken.length === 0) return [];
  const names: string[] = [];
  for (const name of await ignoredFiles(root)) {
    if (!name.endsWith('/')) names.push(name);
    else if (rules.test(name).unignored || rules.taken.some((pattern) => pattern.startsWith(name)))
      for await (const inner of namesBelow(join(root, name))) names.push(`${name}${inner}`);
  }
  return names.filter((name) => rules.test(name).unignored).map((name) => ({ name }));
}

async function* namesBelow(folder: string, prefix = ''): AsyncGenerator<string> {
  for (const entry of await entriesOf(folder)) {
    if (entry.isDirectory() && entry.name !== '.git')
      yield* namesBelow(join(folder, entry.name), `${prefix}${entry.name}/`);
    else if (!entry.isDirectory()) yield `${prefix}${entry.name}`;
  }
}

/** The file at a path; nothing for one that git tracks and that was deleted. */
async function* foundAt(root: string, path: string): AsyncGenerator<Found> {
  const name = relative(root, path).split(sep).join('/');
  const entry = lstatSync(path, { throwIfNoEntry: false });
  if (entry?.isSymbolicLink()) yield await linkAt(root, path, name);
  else if (entry?.isFile()) yield { kind: 'file', path, name };
  else if (entry !== undefined) yield { kind: 'left-out', name, why: 'special' };
}

async function* walkFolder(root: string, folder: string, rules: Rules): AsyncGenerator<Found> {
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    const name = relative(root, path).split(sep).join('/');
    if (isLeftOut(rules, path, entry.isDirectory())) {
      if (entry.name.startsWith('.env')) yield { kind: 'left-out', name, why: 'secrets' };
    } else if (entry.isDirectory()) {
      yield* walkFolder(root, path, await rulesIn(path, rules));
    } else {
      yield* foundAt(root, path);
    }
  }
}

async function linkAt(root: string, path: string, name: string): Promise<Found> {
  const target = await readlink(path);
  const inside = !resolve('/', target).startsWith(target) && isBelow(root, resolve(dirname(path), target));
  return inside ? { kind: 'link', path, name, target } : { kind: 'left-out', name, why: 'link' };
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  const entries: Dirent[] = [];
  for await (const entry of await opendir(folder)) entries.push(entry);
  return entries.sort((one, other) => (one.name < other.name ? -1 : 1));
}

function isBelow(root: string, path: string): boolean {
  return path === root || path.startsWith(root + sep);
}
