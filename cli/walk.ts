import type { Dirent } from 'node:fs';
import { opendir, readlink } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { isLeftOut, type Rules, rootRules, rulesIn } from './ignored.ts';

export type Found =
  | { readonly kind: 'file'; readonly path: string; readonly name: string }
  | { readonly kind: 'link'; readonly path: string; readonly name: string; readonly target: string }
  /** Left out for a reason that its user should know. */
  | { readonly kind: 'left-out'; readonly name: string; readonly why: 'secrets' | 'link' | 'special' };

/** What an upload of a folder holds, in the order of names, so that an unchanged folder makes the same archive. */
export async function* walk(root: string): AsyncGenerator<Found> {
  yield* walkFolder(root, root, await rootRules(root));
}

async function* walkFolder(root: string, folder: string, rules: Rules): AsyncGenerator<Found> {
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    const name = relative(root, path).split(sep).join('/');
    if (isLeftOut(rules, path, entry.isDirectory())) {
      if (entry.name.startsWith('.env')) yield { kind: 'left-out', name, why: 'secrets' };
    } else if (entry.isDirectory()) {
      yield* walkFolder(root, path, await rulesIn(path, rules));
    } else if (entry.isSymbolicLink()) {
      const target = await readlink(path);
      const inside = !resolve('/', target).startsWith(target) && isBelow(root, resolve(dirname(path), target));
      yield inside ? { kind: 'link', path, name, target } : { kind: 'left-out', name, why: 'link' };
    } else if (entry.isFile()) {
      yield { kind: 'file', path, name };
    } else {
      yield { kind: 'left-out', name, why: 'special' };
    }
  }
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  const entries: Dirent[] = [];
  for await (const entry of await opendir(folder)) entries.push(entry);
  return entries.sort((one, other) => (one.name < other.name ? -1 : 1));
}

function isBelow(root: string, path: string): boolean {
  return path === root || path.startsWith(root + sep);
}
