import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, createReadStream, lstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { GantryError } from '@gantry/contract/errors.ts';
import { sizeText } from '@gantry/contract/sizes.ts';
import { sourceLimits } from '@gantry/contract/source-limits.ts';
import { type Pack, pack } from 'tar-stream';
import { largestText, type Sized } from './largest.ts';
import { type Found, walk } from './walk.ts';

/** A folder as a gzipped tar, in a file without a name: it goes with the process, however that ends. */
export interface Archive {
  /** A new stream from the beginning each time. */
  read(): Readable;
  close(): Promise<void>;
  readonly bytes: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
  readonly files: number;
  readonly leftOut: readonly Extract<Found, { kind: 'left-out' }>[];
  /** The three paths that take the most space before packing, for people. */
  largest(): string;
}

/** The number of left-out names that are kept per reason. */
const REMEMBERED = 100;
const CHUNK = 64 * 1024;

/**
 * Packs a folder into a file, one entry at a time: memory does not grow with the folder. The upload needs the size of that file in advance. Throws
 * Invalid for a folder without files, TooLarge above `maxBytes`, and errors of the file system.
 */
export async function packFolder(
  folder: string,
  maxBytes: number,
  progress: (files: number, bytes: number) => void,
): Promise<Archive> {
  const path = join(tmpdir(), `gantry-${crypto.randomUUID()}.tar.gz`);
  const file = await open(path, 'wx+', 0o600);
  try {
    await unlink(path);
    const tar = pack();
    const leftOut: Extract<Found, { kind: 'left-out' }>[] = [];
    const sizes: Sized[] = [];
    let [files, bytes, unpacked] = [0, 0, 0];
    const measure = ({ name, path }: Exclude<Found, { kind: 'left-out' }>) => {
      const { size } = lstatSync(path);
      unpacked += size;
      sizes.push({ name, size });
      if (unpacked > sourceLimits.bytes || sizes.length > sourceLimits.entries) throw tooLarge(sizes, maxBytes);
    };
    const found: Exclude<Found, { kind: 'left-out' }>[] = [];
    for await (const one of walk(folder)) {
      if (one.kind !== 'left-out') {
        measure(one);
        found.push(one);
      } else if (leftOut.length < REMEMBERED) leftOut.push(one);
    }
    const fill = async () => {
      for (const one of found) {
        await add(tar, one);
        files += 1;
        progress(files, bytes);
      }
      if (files === 0) throw new GantryError('Invalid', `There is nothing to upload in ${folder}.`);
      tar.finalize();
    };
    const hash = createHash('sha256');
    const store = async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        if (bytes > maxBytes) throw tooLarge(sizes, maxBytes);
        hash.update(chunk);
        await file.appendFile(chunk);
      }
    };
    const filled = fill().catch((error: Error) => {
      tar.destroy(error);
      throw error;
    });
    const stored = pipeline(Readable.from(tar), gathered, createGzip(), store);
    const ends = await Promise.allSettled([stored, filled]);
    const failures = ends.flatMap((end): unknown[] => (end.status === 'rejected' ? [end.reason] : []));
    // A failure of one side fails the other: the error with advice is the cause.
    if (failures.length > 0) throw failures.find((failure) => failure instanceof GantryError) ?? failures[0];
    return {
      read: () => Readable.from(chunksOf(file)),
      close: () => file.close(),
      bytes,
      sha256: hash.digest('hex'),
      files,
      leftOut,
      largest: () => largestText(sizes),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** A tar comes in small pieces, and passing one to the compressor costs more than compressing it. */
async function* gathered(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    waiting.push(piece);
    bytes += piece.length;
    if (bytes < CHUNK) continue;
    yield Buffer.concat(waiting);
    [waiting, bytes] = [[], 0];
  }
  yield Buffer.concat(waiting);
}

async function* chunksOf(file: FileHandle): AsyncGenerator<Buffer> {
  for (let position = 0; ; ) {
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.allocUnsafe(CHUNK), position });
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function add(tar: Pack, found: Exclude<Found, { kind: 'left-out' }>): Promise<void> {
  const { name, path } = found;
  const { size, mode, mtime } = lstatSync(path);
  if (found.kind === 'link') {
    await new Promise<void>((resolve, reject) => {
      tar.entry({ name, type: 'symlink', linkname: found.target, mtime }, (error) =>
        error ? reject(error) : resolve(),
      );
    });
    return;
  }
  const header = { name, size, mode: mode & 0o111 ? 0o755 : 0o644, mtime };
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const entry = tar.entry(header, (error) => (error ? reject(changed(name, error)) : resolve()));
  // The callback gets its failure, but nobody waits for that when the file cannot be read.
  entry.on('error', () => undefined);
  promise.catch(() => undefined);
  // Appended bytes stay out; a file that became shorter is an error.
  if (size > 0 && size <= CHUNK) {
    entry.write(readStart(path, size));
  } else if (size > 0) {
    for await (const chunk of createReadStream(path, { end: size - 1 })) {
      if (!entry.write(chunk)) await Promise.race([once(entry, 'drain'), promise]);
    }
  }
  entry.end(null);
  await promise;
}

/** The first bytes of a small file, read on this thread, which is faster than asking another. */
function readStart(path: string, size: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(size);
    return buffer.subarray(0, readSync(file, buffer, 0, size, 0));
  } finally {
    closeSync(file);
  }
}

function changed(name: string, error: Error): Error {
  return /size mismatch/i.test(error.message)
    ? new GantryError('Conflict', `${name} changed while it was packed. Run \`gantry up\` again.`)
    : error;
}

/** The paths that make an upload too large, so that the user knows which ones to leave out. */
function tooLarge(sizes: readonly Sized[], maxBytes: number): GantryError {
  const { bytes, entries } = sourceLimits;
  const limits = `${sizeText(maxBytes)} packed, ${sizeText(bytes)} unpacked and ${entries.toLocaleString('en-US')} files`;
  return new GantryError(
    'TooLarge',
    `The folder is too large: an upload can have at most ${limits}. The largest: ${largestText(sizes)}. List files that the build does not need in .gantryignore.`,
  );
}
