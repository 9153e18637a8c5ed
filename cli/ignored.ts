import { readFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import {
  IGNORE_FILES,
  LEFT_OUT_ALWAYS,
  LEFT_OUT_BY_DEFAULT,
  linesOf,
  OWN_IGNORE_FILE,
  rebased as rebasedFrom,
} from '@gantry/client/ignore-rules.ts';
import ignore, { type Ignore } from 'ignore';
import { codeOf } from './files.ts';

/**
 * The patterns of a folder, gitignore(5): those of the folders above, then its own, as one list relative to one folder. The whole list decides
 * whether a folder is walked. A folder that a deeper file takes back in is then included with everything in it.
 */
export interface Rules {
  /** The base folder of all patterns. */
  readonly base: string;
  readonly patterns: Ignore;
}

/**
 * The rules of .gantryignore files alone, for a folder in which git decides about the rest. Names are relative to the folder, folders with a slash at
 * the end.
 */
export interface OwnRules {
  /** Whether the last matching pattern leaves a name out or takes it in; neither without a match. */
  test(name: string): { readonly ignored: boolean; readonly unignored: boolean };
  /** The patterns that take names in, relative to the folder. */
  readonly taken: readonly string[];
}

/** The rules of the .gantryignore files among `names`, and of those above up to the root of the repository. */
export async function ownRules(root: string, names: readonly string[]): Promise<OwnRules> {
  const above = await foldersAbove(root);
  const base = above[0] ?? root;
  const nested = names
    .filter((name) => name.endsWith(`/${OWN_IGNORE_FILE}`))
    .sort((one, other) => one.split('/').length - other.split('/').length)
    .map((name) => join(root, dirname(name)));
  const lines: string[] = [];
  for (const folder of [...above, root, ...nested])
    lines.push(...rebased(linesOf(await textOf(join(folder, OWN_IGNORE_FILE))), base, folder));
  const patterns = empty().add(lines);
  const prefix = posix(relative(base, root));
  const below = prefix === '' ? '' : `${prefix}/`;
  const taken = lines
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1).replace(/^\//, ''))
    .map((line) => (line.startsWith(below) ? line.slice(below.length) : line));
  // A pattern that matches a folder holds for its content, until another one matches.
  const test = (name: string) => {
    let spoken = { ignored: false, unignored: false };
    for (let at = name.indexOf('/'); lines.length > 0; at = name.indexOf('/', at + 1)) {
      const end = at < 0 ? name.length : at + 1;
      const { ignored, unignored } = patterns.test(`${below}${name.slice(0, end)}`);
      if (ignored || unignored) spoken = { ignored, unignored };
      if (end === name.length) break;
    }
    return spoken;
  };
  return { test, taken };
}

const byDefault = ignore().add(LEFT_OUT_BY_DEFAULT);

/** Why a name is left out by default, and which part of it: the left-out folder, if it is in one. */
export function defaultsOf(name: string): { readonly name: string; readonly why: 'secrets' | 'made' } | undefined {
  if (!byDefault.ignores(name)) return undefined;
  const parts = name.split('/');
  const depth = parts.findIndex((_, at) =>
    byDefault.ignores(`${parts.slice(0, at + 1).join('/')}${at + 1 < parts.length ? '/' : ''}`),
  );
  const top = parts.slice(0, depth + 1);
  return { name: top.join('/'), why: top.at(-1)?.startsWith('.env') ? 'secrets' : 'made' };
}

/**
 * The rules at the root of an upload outside of git: also those of the folders above it, up to the root of a repository. A folder that those leave
 * out completely is uploaded by its own rules, because the user named it.
 */
export async function rootRules(root: string): Promise<Rules> {
  const all = await rulesFrom(root, await foldersAbove(root));
  return all.base !== root && isLeftOut(all, root, true) ? rulesFrom(root, []) : all;
}

async function rulesFrom(root: string, above: readonly string[]): Promise<Rules> {
  const base = above[0] ?? root;
  let rules: Rules = { base, patterns: empty().add(rebased(LEFT_OUT_BY_DEFAULT, base, root)) };
  for (const folder of [...above, root]) rules = await rulesIn(folder, rules);
  return rules;
}

/** The rules in a subfolder of a folder with known rules. */
export async function rulesIn(folder: string, { base, patterns }: Rules): Promise<Rules> {
  const texts = await Promise.all(IGNORE_FILES.map((name) => textOf(join(folder, name))));
  const own = rebased(texts.flatMap(linesOf), base, folder);
  return { base, patterns: own.length === 0 ? patterns : empty().add(patterns).add(own) };
}

/** Whether a path is left out. Nothing in a left-out folder can be taken back in, so it is not walked. */
export function isLeftOut({ base, patterns }: Rules, path: string, isFolder: boolean): boolean {
  if (path.endsWith(`${sep}${LEFT_OUT_ALWAYS}`)) return true;
  const name = posix(relative(base, path));
  return patterns.ignores(isFolder ? `${name}/` : name);
}

/** Git respects upper and lower case if the file system does. */
function empty(): Ignore {
  return ignore({ ignoreCase: process.platform !== 'linux' });
}

/** A folder's patterns, rewritten relative to a folder above it. */
function rebased(lines: readonly string[], base: string, folder: string): string[] {
  return rebasedFrom(lines, posix(relative(base, folder)));
}

/** The folders of the repository around a folder, outermost first; none outside of a repository. */
async function foldersAbove(root: string): Promise<string[]> {
  const above: string[] = [];
  for (let folder = root; !(await isRepository(folder)); folder = dirname(folder)) {
    if (dirname(folder) === folder) return [];
    above.unshift(dirname(folder));
  }
  return above;
}

function posix(path: string): string {
  return path.split(sep).join('/');
}

async function isRepository(folder: string): Promise<boolean> {
  const head = await readFile(join(folder, '.git')).catch((error: unknown) => codeOf(error));
  // A folder, or the file in its place in a worktree.
  return head === 'EISDIR' || Buffer.isBuffer(head);
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'EISDIR', 'ENOTDIR'].includes(codeOf(error) ?? '')) return '';
    throw error;
  }
}
