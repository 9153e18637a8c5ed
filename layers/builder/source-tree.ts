import { open, readdir, realpath, stat } from 'node:fs/promises';
import { join, posix, sep } from 'node:path';
import { BuildError } from './build-error.ts';

const MAX_FILE_BYTES = 1024 * 1024;
/**
 * How much planning reads of a lock file, which may have any size. It is enough for the format and the first entries.
 */
const HEAD_BYTES = 16 * 1024;

/**
 * A source tree as planning sees it. Paths are relative, with `/` between their parts. A link that leads out of the
 * tree counts as missing.
 */
export interface SourceTree {
  /** The text of a file; undefined if there is no such file. */
  read(path: string): Promise<string | undefined>;
  /** The first 16 KB of a file of any size; undefined if there is no such file. */
  head(path: string): Promise<string | undefined>;
  /** Whether `path` is a file. */
  exists(path: string): Promise<boolean>;
  /** The names in a folder, sorted; empty if there is no such folder. */
  list(folder: string): Promise<readonly string[]>;
}

/**
 * The tree below a folder on this machine. `read` refuses a file above 1 MB, because planning never needs all of such a
 * file. Each file is read once.
 */
export function diskTree(root: string): SourceTree {
  const base = realpath(root).catch(() => undefined);
  const inside = async (path: string): Promise<string | undefined> => {
    const [from, real] = [await base, await realpath(join(root, path)).catch(() => undefined)];
    return real !== undefined && from !== undefined && (real === from || real.startsWith(from + sep))
      ? real
      : undefined;
  };
  const fileAt = async (path: string): Promise<{ real: string; size: number } | undefined> => {
    const real = await inside(path);
    const found = real === undefined ? undefined : await stat(real).catch(() => undefined);
    return real !== undefined && found?.isFile() ? { real, size: found.size } : undefined;
  };
  return remembered({
    async read(path) {
      const file = await fileAt(path);
      if (file === undefined) return undefined;
      if (file.size > MAX_FILE_BYTES) throw new BuildError(`${path} is larger than 1 MB; make it smaller`);
      return textOf(file.real, MAX_FILE_BYTES);
    },
    async head(path) {
      const file = await fileAt(path);
      return file && textOf(file.real, HEAD_BYTES);
    },
    exists: async (path) => (await fileAt(path)) !== undefined,
    async list(folder) {
      const real = await inside(folder);
      return real === undefined ? [] : (await readdir(real).catch(() => [])).sort();
    },
  });
}

/** A tree of the given files: text by path. */
export function memoryTree(files: Readonly<Record<string, string>>): SourceTree {
  const fileAt = (path: string) =>
    Object.hasOwn(files, posix.normalize(path)) ? files[posix.normalize(path)] : undefined;
  return {
    read: async (path) => fileAt(path),
    head: async (path) => fileAt(path)?.slice(0, HEAD_BYTES),
    exists: async (path) => fileAt(path) !== undefined,
    async list(folder) {
      const place = posix.normalize(folder);
      const prefix = place === '.' ? '' : `${place.replace(/\/$/, '')}/`;
      const inside = Object.keys(files).filter((path) => path.startsWith(prefix));
      return [...new Set(inside.map((path) => path.slice(prefix.length).split('/')[0] ?? ''))].sort();
    },
  };
}

/** The part of a tree below one of its folders; `.` is the tree itself. */
export function subTree(tree: SourceTree, folder: string): SourceTree {
  if (folder === '.') return tree;
  const at = (path: string) => posix.join(folder, path);
  return {
    read: (path) => tree.read(at(path)),
    head: (path) => tree.head(at(path)),
    exists: (path) => tree.exists(at(path)),
    list: (path) => tree.list(at(path)),
  };
}

/** Caches every answer. Many rules read the same few files, and a plan must see one state of the tree. */
function remembered(tree: SourceTree): SourceTree {
  const once = <Value>(ask: (path: string) => Promise<Value>) => {
    const known = new Map<string, Promise<Value>>();
    return (path: string): Promise<Value> => {
      const key = posix.normalize(path);
      const answer = known.get(key) ?? ask(key);
      known.set(key, answer);
      return answer;
    };
  };
  return { read: once(tree.read), head: once(tree.head), exists: once(tree.exists), list: once(tree.list) };
}

async function textOf(path: string, limit: number): Promise<string> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(limit, (await file.stat()).size)));
  return buffer.toString('utf8', 0, bytesRead).replace(/^\uFEFF/, '');
}
