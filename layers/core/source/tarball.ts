import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { SourceEntry } from '@gantry/cloud/git/tree.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { extract, type Header } from 'tar-stream';

/**
 * The entries of a repository's archive, without GitHub's outer folder. A submodule is an empty folder in it. Throws Unavailable for a broken
 * archive, and errors of reading it. https://docs.github.com/rest/repos/contents#download-a-repository-archive-tar
 */
export async function* tarballEntries(tarball: Readable): AsyncGenerator<SourceEntry> {
  const tar = extract();
  let failure: unknown;
  const feed = pipeline(tarball, createGunzip(), tar as unknown as NodeJS.WritableStream).catch((error: unknown) => {
    failure = error;
  });
  try {
    for await (const entry of tar) {
      const found = entryOf(entry.header, entry as AsyncIterable<Uint8Array>);
      if (found.path !== '') yield found;
      entry.resume();
    }
    await feed;
  } catch (error) {
    throw explain(failure ?? error);
  } finally {
    tarball.destroy();
  }
  if (failure !== undefined) throw explain(failure);
}

function entryOf(
  { name, type, mode = 0, size = 0, linkname }: Header,
  content: AsyncIterable<Uint8Array>,
): SourceEntry {
  const path = name.replace(/^[^/]*\//, '').replace(/\/$/, '');
  if (type === 'directory') return { path, kind: 'folder', size: 0, content };
  if (type === 'symlink') return { path, kind: 'link', size: 0, content: textOf(linkname ?? '') };
  if (type === 'file') return { path, kind: (mode & 0o100) === 0 ? 'file' : 'executable', size, content };
  throw new GantryError('Invalid', `The archive of the repository has a ${type} in it, ${JSON.stringify(path)}.`);
}

async function* textOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

function explain(error: unknown): unknown {
  if (error instanceof GantryError) return error;
  return new GantryError('Unavailable', 'The archive of the repository arrived damaged. Try again.', [], {
    cause: error,
  });
}
