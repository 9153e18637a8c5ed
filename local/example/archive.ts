import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';

/** Folders that an upload leaves out: a build makes them again. */
const LEFT_OUT = new Set(['node_modules', '.git']);

/** A small source folder as a gzipped tar, in memory. `others` are files by their relative path, which replace or complement those of the folder. */
export async function archiveOf(folder: string, others: Readonly<Record<string, string>> = {}): Promise<Buffer> {
  const tar = pack();
  const gzipped = buffer(tar.pipe(createGzip()));
  for (const path of await filesIn(folder)) {
    const name = relative(folder, path);
    if (Object.hasOwn(others, name)) continue;
    const { mode } = await stat(path);
    tar.entry({ name, mode: mode & 0o777 }, await readFile(path));
  }
  for (const [name, text] of Object.entries(others)) tar.entry({ name }, text);
  tar.finalize();
  return gzipped;
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const nested = await Promise.all(
    entries
      .filter((entry) => !LEFT_OUT.has(entry.name))
      .map((entry) => (entry.isDirectory() ? filesIn(join(folder, entry.name)) : [join(folder, entry.name)])),
  );
  return nested.flat().sort();
}
