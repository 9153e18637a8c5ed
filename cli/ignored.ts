import { readFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { codeOf } from './files.ts';

/** The files whose patterns leave something out, each over those before it. */
const FILES = ['.gitignore', '.gantryignore'];

/**
 * What is left out unless a .gantryignore or .gitignore takes it back in with `!`: secrets, which belong into variables; what a build makes
 * anew; the local cloud's data, which holds passwords. `.git` is left out always.
 */
const DEFAULTS = ['.env*', 'node_modules/', '.gantry/', '.DS_Store'];
const NEVER = '.git';

/** The patterns that hold in a folder: its own first, then those of the folders above it. gitignore(5). */
export interface Rules {
  /** The folder that the patterns are relative to. */
  readonly base: string;
  readonly patterns: Ignore;
  readonly above: Rules | undefined;
}

/** The rules at the root of an upload: also those of the folders above it, up to the root of the repository that it stands in. */
export async function rootRules(root: string): Promise<Rules> {
  const defaults: Rules = { base: root, patterns: ignore().add(DEFAULTS), above: undefined };
  const above = [];
  for (let folder = root; !(await isRepository(folder)); folder = dirname(folder)) {
    // There is no repository: what stands above the root is not about it.
    if (dirname(folder) === folder) return rulesIn(root, defaults);
    above.unshift(dirname(folder));
  }
  let rules = defaults;
  for (const folder of above) rules = await rulesIn(folder, rules);
  return rulesIn(root, rules);
}

/** The rules in a folder below one whose rules are known. */
export async function rulesIn(folder: string, above: Rules): Promise<Rules> {
  const texts = await Promise.all(FILES.map((name) => textOf(join(folder, name))));
  const own = texts.filter((text) => text !== '');
  return own.length === 0 ? above : { base: folder, patterns: ignore().add(own.join('\n')), above };
}

/** Whether a path is left out. In a folder that is left out nothing can be taken back in, so it need not be walked. */
export function isLeftOut(rules: Rules, path: string, isFolder: boolean): boolean {
  if (path.endsWith(`${sep}${NEVER}`)) return true;
  for (let at: Rules | undefined = rules; at !== undefined; at = at.above) {
    const name = relative(at.base, path).split(sep).join('/');
    const { ignored, unignored } = at.patterns.test(isFolder ? `${name}/` : name);
    if (ignored || unignored) return ignored;
  }
  return false;
}

async function isRepository(folder: string): Promise<boolean> {
  const head = await readFile(join(folder, '.git')).catch((error: unknown) => codeOf(error));
  // A folder, or the file that stands for it in a worktree.
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
