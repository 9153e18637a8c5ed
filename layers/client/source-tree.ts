import ignore, { type Ignore } from 'ignore';
import { IGNORE_FILES, LEFT_OUT_ALWAYS, LEFT_OUT_BY_DEFAULT, linesOf, rebased } from './ignore-rules.ts';

/** A file or folder on a user's machine, as a browser shows it. Ignored files are never read. */
export type TreeEntry = TreeFile | TreeFolder;

interface TreeFile {
  readonly kind: 'file';
  readonly name: string;
  read(): Promise<Blob>;
}

export interface TreeFolder {
  readonly kind: 'folder';
  readonly name: string;
  list(): Promise<readonly TreeEntry[]>;
}

/** The files of an upload, and those left out because they look like secrets. Paths are relative, with slashes. */
export type Found =
  | { readonly kind: 'file'; readonly path: string; read(): Promise<Blob> }
  | { readonly kind: 'secrets'; readonly path: string };

/** The files that an upload of a folder holds by its ignore files, sorted by name, so that an unchanged folder makes the same archive. */
export async function* walkTree(root: TreeFolder): AsyncGenerator<Found> {
  yield* walkFolder(root, '', empty().add(LEFT_OUT_BY_DEFAULT));
}

async function* walkFolder(folder: TreeFolder, prefix: string, above: Ignore): AsyncGenerator<Found> {
  const entries = [...(await folder.list())].sort((one, other) => (one.name < other.name ? -1 : 1));
  const patterns = empty()
    .add(above)
    .add(rebased(await ownLines(entries), prefix.replace(/\/$/, '')));
  for (const entry of entries) {
    const path = `${prefix}${entry.name}`;
    if (entry.name === LEFT_OUT_ALWAYS) continue;
    if (patterns.ignores(entry.kind === 'folder' ? `${path}/` : path)) {
      if (entry.name.startsWith('.env')) yield { kind: 'secrets', path };
    } else if (entry.kind === 'folder') {
      yield* walkFolder(entry, `${path}/`, patterns);
    } else {
      yield { kind: 'file', path, read: () => entry.read() };
    }
  }
}

/** As in git on Linux: upper and lower case differ. */
const empty = (): Ignore => ignore({ ignoreCase: false });

async function ownLines(entries: readonly TreeEntry[]): Promise<string[]> {
  const texts = IGNORE_FILES.map(async (name) => {
    const found = entries.find((entry) => entry.kind === 'file' && entry.name === name);
    return found?.kind === 'file' ? linesOf(await (await found.read()).text()) : [];
  });
  return (await Promise.all(texts)).flat();
}

/** Turns files with relative paths into a tree. */
export function treeOf(files: Iterable<readonly [path: string, content: Blob]>): TreeFolder {
  const root: Folder = { folders: new Map(), files: new Map() };
  for (const [path, content] of files) {
    const parts = path.split('/');
    const name = parts.pop() ?? '';
    let folder = root;
    for (const part of parts) {
      const next = folder.folders.get(part) ?? { folders: new Map(), files: new Map() };
      folder.folders.set(part, next);
      folder = next;
    }
    folder.files.set(name, content);
  }
  return asTree('', root);
}

interface Folder {
  readonly folders: Map<string, Folder>;
  readonly files: Map<string, Blob>;
}

function asTree(name: string, { folders, files }: Folder): TreeFolder {
  const entries: TreeEntry[] = [
    ...[...folders].map(([inner, folder]) => asTree(inner, folder)),
    ...[...files].map(([inner, content]) => ({ kind: 'file' as const, name: inner, read: async () => content })),
  ];
  return { kind: 'folder', name, list: async () => entries };
}
