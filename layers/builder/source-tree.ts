import { readdir, readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { BuildError } from './build-error.ts';

const MAX_FILE_BYTES = 1024 * 1024;

/** A source tree as planning sees it. Paths are relative, with `/` between their parts. */
export interface SourceTree {
  /** The text of a file, or undefined where there is no such file. */
  read(path: string): Promise<string | undefined>;
  /** True where `path` is a file. */
  exists(path: string): Promise<boolean>;
  /** The names in a folder in order, or none where there is no such folder. */
  list(folder: string): Promise<readonly string[]>;
}

/** The tree below a folder of this machine. Files above 1 MB, which planning never needs, are refused. */
export function diskTree(root: string): SourceTree {
  const size = async (path: string): Promise<number | undefined> => {
    const found = await stat(join(root, path)).catch(() => undefined);
    return found?.isFile() ? found.size : undefined;
  };
  return {
    async read(path) {
      const bytes = await size(path);
      if (bytes === undefined) return undefined;
      if (bytes > MAX_FILE_BYTES) throw new BuildError(`${path} is larger than 1 MB; make it smaller`);
      return (await readFile(join(root, path), 'utf8')).replace(/^\uFEFF/, '');
    },
    async exists(path) {
      return (await size(path)) !== undefined;
    },
    async list(folder) {
      return (await readdir(join(root, folder)).catch(() => [])).sort();
    },
  };
}

/** A tree of the given files, path → text. */
export function memoryTree(files: Readonly<Record<string, string>>): SourceTree {
  return {
    read: async (path) => files[path],
    exists: async (path) => path in files,
    async list(folder) {
      const prefix = folder === '.' ? '' : `${folder}/`;
      const inside = Object.keys(files).filter((path) => path.startsWith(prefix));
      return [...new Set(inside.map((path) => path.slice(prefix.length).split('/')[0] ?? ''))].sort();
    },
  };
}

/** The part of a tree below one of its folders; `.` is the tree itself. */
export function subTree(tree: SourceTree, folder: string): SourceTree {
  if (folder === '.') return tree;
  return {
    read: (path) => tree.read(posix.join(folder, path)),
    exists: (path) => tree.exists(posix.join(folder, path)),
    list: (path) => tree.list(posix.join(folder, path)),
  };
}
