import { type TreeEntry, type TreeFolder, treeOf } from '@gantry/client/source-tree.ts';
import { GantryError } from '@gantry/contract/errors.ts';

/** The user's choice to deploy: a folder, or an archive. */
export type Chosen =
  | { readonly kind: 'folder'; readonly name: string; readonly tree: TreeFolder }
  | { readonly kind: 'archive'; readonly name: string; readonly file: File };

const ARCHIVE = /\.(?:tgz|tar|tar\.gz)$/i;

/** The files of an input. Files of a folder know their path in it. Throws Invalid if they are neither a folder nor an archive. */
export function chosenOf(files: Iterable<File>): Chosen {
  const all = [...files];
  const [first] = all;
  if (first === undefined) throw new GantryError('Invalid', 'The folder is empty.');
  if (first.webkitRelativePath !== '') {
    const paths = all.map((file) => [file.webkitRelativePath.split('/').slice(1).join('/'), file] as const);
    return { kind: 'folder', name: first.webkitRelativePath.split('/')[0] ?? '', tree: treeOf(paths) };
  }
  return archiveOf(first);
}

/** The dropped files. Call it in the handler of the drop: the browser forgets them afterwards. */
export function droppedOf({ items }: DataTransfer): Chosen {
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const [only, ...others] = entries;
  if (only === undefined) throw new GantryError('Invalid', 'Drop a folder, or an archive such as app.tar.gz.');
  if (others.length === 0 && isFolder(only)) return { kind: 'folder', name: only.name, tree: folderOf(only) };
  const file = [...items][0]?.getAsFile();
  if (others.length === 0 && file) return archiveOf(file);
  const tree: TreeFolder = { kind: 'folder', name: '', list: async () => entries.map(entryOf) };
  return { kind: 'folder', name: `${entries.length} files`, tree };
}

function archiveOf(file: File): Chosen {
  if (ARCHIVE.test(file.name)) return { kind: 'archive', name: file.name, file };
  const unpack = /\.(?:zip|7z|rar)$/i.test(file.name) ? 'Unpack it, and choose the folder.' : 'Choose its folder.';
  throw new GantryError(
    'Invalid',
    `${file.name} is not an archive that can be built: .tar.gz, .tgz or .tar. ${unpack}`,
  );
}

const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;
const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;

function entryOf(entry: FileSystemEntry): TreeEntry {
  if (isFolder(entry)) return folderOf(entry);
  if (!isFile(entry)) throw new GantryError('Invalid', `${entry.name} is neither a file nor a folder.`);
  const read = () => new Promise<File>((resolve, reject) => entry.file(resolve, reject));
  return { kind: 'file', name: entry.name, read };
}

function folderOf(entry: FileSystemDirectoryEntry): TreeFolder {
  return {
    kind: 'folder',
    name: entry.name,
    async list() {
      const reader = entry.createReader();
      const all: FileSystemEntry[] = [];
      // `readEntries` gives some entries at each call, and none at the end.
      for (;;) {
        const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
        if (some.length === 0) return all.map(entryOf);
        all.push(...some);
      }
    },
  };
}
