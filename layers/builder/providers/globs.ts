import type { SourceTree } from '../source-tree.ts';

const MAX_FOLDERS = 1_000;
const MAX_DEPTH = 6;
const SKIPPED = new Set(['node_modules', '.git', 'bower_components', 'target', '.venv']);

/**
 * The folders of a tree that match the patterns of a workspace, sorted: `packages/*`, `apps/**`, `!apps/old`. A pattern
 * that leads out of the tree matches nothing. At most 1,000 folders, six levels deep.
 */
export async function foldersOf(tree: SourceTree, patterns: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  const queue: { readonly folder: string; readonly parts: readonly string[] }[] = patterns
    .filter((pattern) => !pattern.startsWith('!'))
    .map((pattern) => ({ folder: '', parts: partsOf(pattern) }));
  for (let next = queue.shift(); next !== undefined && found.size < MAX_FOLDERS; next = queue.shift()) {
    const { folder, parts } = next;
    const [part, ...rest] = parts;
    if (part === undefined) {
      if (folder !== '') found.add(folder);
    } else if (part === '**') {
      queue.push({ folder, parts: rest });
      if (folder.split('/').length < MAX_DEPTH)
        for (const name of await namesIn(tree, folder)) queue.push({ folder: below(folder, name), parts });
    } else if (part.includes('*')) {
      for (const name of await namesIn(tree, folder)) {
        if (matchesPart(name, part)) queue.push({ folder: below(folder, name), parts: rest });
      }
    } else if (part !== '..' && !part.includes('\0')) queue.push({ folder: below(folder, part), parts: rest });
    if (queue.length > MAX_FOLDERS * 10) break;
  }
  const refused = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => partsOf(pattern.slice(1)));
  return [...found].filter((folder) => !refused.some((parts) => matches(folder.split('/'), parts))).sort();
}

async function namesIn(tree: SourceTree, folder: string): Promise<string[]> {
  const names = await tree.list(folder === '' ? '.' : folder);
  return names.filter((name) => !name.startsWith('.') && !SKIPPED.has(name) && !/\.[a-z]{1,5}$/.test(name));
}

function partsOf(pattern: string): string[] {
  return pattern.split('/').filter((part) => part !== '' && part !== '.');
}

function below(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

function matches(path: readonly string[], parts: readonly string[]): boolean {
  const [part, ...rest] = parts;
  if (part === undefined) return path.length === 0;
  if (part === '**') return path.some((_, at) => matches(path.slice(at), rest)) || matches([], rest);
  const [name, ...others] = path;
  return name !== undefined && matchesPart(name, part) && matches(others, rest);
}

function matchesPart(name: string, part: string): boolean {
  const pieces = part.split('*');
  let at = 0;
  for (const [index, piece] of pieces.entries()) {
    const place = index === pieces.length - 1 && index > 0 ? name.length - piece.length : name.indexOf(piece, at);
    if (place < at || !name.startsWith(piece, place) || (index === 0 && place !== 0)) return false;
    at = place + piece.length;
  }
  return at === name.length;
}
