import { posix } from 'node:path';
import type { SourceTree } from '../source-tree.ts';

/** If several commands exist, the service is the first of these names. */
const COMMANDS = ['server', 'web', 'api', 'app', 'main'];

/** Limits how many files of a main package are searched for its server. */
const MAX_FILES = 20;

/** The folders that a `go.work` uses, relative to its own folder. */
export function usedModules(workspace: string): string[] {
  return workspace.split('\n').flatMap((line) => {
    const path = /^(?:use\s+)?"?(\.\.?(?:\/[\w./-]+)?)"?$/.exec(line.replace(/\/\/.*$/, '').trim())?.[1];
    return path === undefined ? [] : [posix.normalize(path)];
  });
}

/** The main package: the folder's own, one below `cmd/`, or one that a workspace uses. Undefined if there is none. */
export async function findMain(
  tree: SourceTree,
  names: readonly string[],
  module: string | undefined,
  workspace: string | undefined,
): Promise<string | undefined> {
  if (await isMain(tree, '.')) return module === undefined && workspace === undefined ? 'main.go' : '.';
  const commands = names.includes('cmd') ? (await tree.list('cmd')).map((name) => `cmd/${name}`) : [];
  const used = names.includes('go.work') ? usedModules(workspace ?? '').filter((path) => !path.startsWith('.')) : [];
  const found: string[] = [];
  for (const folder of ['cmd', ...commands, ...used]) if (await isMain(tree, folder)) found.push(folder);
  const rank = (folder: string) => {
    const at = COMMANDS.indexOf(folder.split('/').at(-1) ?? '');
    return at < 0 ? COMMANDS.length : at;
  };
  const [first] = found.toSorted((a, b) => rank(a) - rank(b));
  return first === undefined ? undefined : `./${first}`;
}

/** The text of a main package, without its tests. Each file counts only with its beginning. */
export async function mainText(tree: SourceTree, folder: string): Promise<string> {
  const names = (await tree.list(folder)).filter((name) => name.endsWith('.go') && !name.endsWith('_test.go'));
  const texts = await Promise.all(names.slice(0, MAX_FILES).map((name) => tree.head(posix.join(folder, name))));
  return texts.join('\n');
}

async function isMain(tree: SourceTree, folder: string): Promise<boolean> {
  for (const name of await tree.list(folder)) {
    if (!name.endsWith('.go') || name.endsWith('_test.go')) continue;
    const text = (await tree.read(folder === '.' ? name : `${folder}/${name}`)) ?? '';
    if (/^package main\b/m.test(text) && !/^\/\/go:build ignore\b/m.test(text)) return true;
  }
  return false;
}
