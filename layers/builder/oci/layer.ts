import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream, type Stats } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { dirname, join, posix, relative, resolve, sep } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';
import { BuildError, errorMessage } from '../build-error.ts';
import { IMAGE_LIMITS, tooLarge } from './manifest.ts';

/** Files with more bytes than this are streamed into the layer. Smaller files are read as a whole. */
const STREAM_ABOVE = 256 * 1024;
/**
 * How many bytes of the tar the compressor gets at a time. A tar comes in small pieces, and passing each alone would
 * cost more time than compressing it.
 */
const CHUNK = 256 * 1024;
/** How many small files are read ahead of their place in the layer. */
const AHEAD = 16;
const OWNER = { uid: 1000, gid: 1000, uname: '', gname: '', mtime: new Date(0) };

/** A blob of an image, in a file on this machine. */
interface Blob {
  readonly path: string;
  readonly size: number;
  /** `sha256:` and the hash of the file. */
  readonly digest: string;
}

export interface Layer extends Blob {
  /** The digest of the tar before it was gzipped. */
  readonly diffId: string;
}

/**
 * Writes paths below `root` (from `layerPaths`) as one gzipped tar to `file`, under `app/` and owned by user 1000. The
 * same content gives the same bytes: order, times, owners and modes are fixed. Throws a `BuildError` for a link that
 * leads out of `root`, and for a layer with more than `limit` bytes.
 */
export async function writeLayer(
  root: string,
  paths: readonly string[],
  file: string,
  limit: number = IMAGE_LIMITS.bytes,
): Promise<Layer> {
  const tar = pack();
  const [raw, zipped] = [createHash('sha256'), createHash('sha256')];
  const counter = { bytes: 0 };
  const drain = pipeline(
    tar as AsyncIterable<Buffer>,
    (pieces: AsyncIterable<Buffer>) => gathered(pieces, raw),
    createGzip({ level: 1, chunkSize: CHUNK }),
    tap(zipped, counter, limit),
    createWriteStream(file),
  );
  const fill = addAll(tar, root, paths).catch((error: unknown) => {
    tar.destroy(new Error(errorMessage(error), { cause: error }));
    throw error;
  });
  const [filled, drained] = await Promise.allSettled([fill, drain]);
  const failures = [filled, drained].flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  if (failures.length > 0) throw failures.find((reason) => reason instanceof BuildError) ?? failures[0];
  return {
    path: file,
    size: counter.bytes,
    digest: `sha256:${zipped.digest('hex')}`,
    diffId: `sha256:${raw.digest('hex')}`,
  };
}

/**
 * Every file, folder and link below `root` in byte order, without the folders in `skip`. Other kinds of files are left
 * out.
 */
export async function layerPaths(root: string, skip: ReadonlySet<string>): Promise<string[]> {
  const found: string[] = [];
  async function walk(folder: string): Promise<void> {
    const entries = await readdir(join(root, folder), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))) {
      const path = posix.join(folder, entry.name);
      if (skip.has(path)) continue;
      if (entry.isDirectory() || entry.isFile() || entry.isSymbolicLink()) found.push(path);
      if (entry.isDirectory()) await walk(path);
    }
  }
  await walk('');
  return found;
}

/** Joins the pieces of a tar and hashes them. */
async function* gathered(pieces: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let bytes = 0;
  const all = () => {
    const chunk = Buffer.concat(waiting);
    [waiting, bytes] = [[], 0];
    hash.update(chunk);
    return chunk;
  };
  for await (const piece of pieces) {
    waiting.push(piece);
    bytes += piece.length;
    if (bytes >= CHUNK) yield all();
  }
  yield all();
}

/** A path of a layer as it was when it was read, with the content of a small file. */
interface Found {
  readonly path: string;
  readonly info: Stats;
  readonly content?: Buffer;
}

/** The paths in their order. A few are read ahead, so that the disk works while the compressor works. */
async function* lookedAt(root: string, paths: readonly string[]): AsyncGenerator<Found> {
  const look = async (path: string): Promise<Found> => {
    const info = await lstat(join(root, path));
    const isSmall = info.isFile() && info.size <= STREAM_ABOVE;
    return isSmall ? { path, info, content: await readFile(join(root, path)) } : { path, info };
  };
  const ahead: Promise<Found>[] = [];
  const begin = (path: string | undefined) => {
    if (path === undefined) return;
    const looking = look(path);
    // The consumer gets the error when it awaits `looking`. If the consumer has stopped, nobody needs it.
    looking.catch(() => undefined);
    ahead.push(looking);
  };
  for (const path of paths.slice(0, AHEAD)) begin(path);
  for (let at = AHEAD; ahead.length > 0; at += 1) {
    const next = ahead.shift();
    begin(paths[at]);
    if (next !== undefined) yield await next;
  }
}

async function addAll(tar: Pack, root: string, paths: readonly string[]): Promise<void> {
  await add(tar, { ...OWNER, name: 'app/', type: 'directory', mode: 0o755 });
  for await (const { path, info, content } of lookedAt(root, paths)) {
    const name = `app/${path}`;
    if (info.isDirectory()) await add(tar, { ...OWNER, name: `${name}/`, type: 'directory', mode: 0o755 });
    else if (info.isSymbolicLink()) {
      const linkname = await insideLink(root, path);
      await add(tar, { ...OWNER, name, type: 'symlink', linkname, mode: 0o777 });
    } else {
      const mode = (info.mode & 0o100) === 0 ? 0o644 : 0o755;
      if (content !== undefined) await add(tar, { ...OWNER, name, mode, size: content.length }, content);
      else await addLarge(tar, { ...OWNER, name, mode, size: info.size }, join(root, path));
    }
  }
  tar.finalize();
}

type Header = Parameters<Pack['entry']>[0];

async function addLarge(tar: Pack, header: Header, path: string): Promise<void> {
  const written = Promise.withResolvers<void>();
  const sink = tar.entry(header, (error) => (error ? written.reject(error) : written.resolve()));
  await Promise.all([pipeline(createReadStream(path), sink as unknown as NodeJS.WritableStream), written.promise]);
}

function add(tar: Pack, header: Header, content: Buffer = Buffer.alloc(0)): Promise<void> {
  return new Promise((done, fail) => {
    tar.entry(header, content, (error) => (error ? fail(error) : done()));
  });
}

/** A link's target as the image holds it: relative, because the app has another root in the image. */
async function insideLink(root: string, path: string): Promise<string> {
  const target = await readlink(join(root, path));
  const from = dirname(join(root, path));
  const to = resolve(from, target);
  if (to !== root && !to.startsWith(root + sep)) {
    throw new BuildError(
      `the build made a link at ${path} to ${target}, outside of the app; make a copy of the file instead`,
    );
  }
  return relative(from, to) || '.';
}

function tap(hash: Hash, counter: { bytes: number }, limit = Number.POSITIVE_INFINITY): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      counter.bytes += chunk.length;
      if (counter.bytes > limit) done(tooLarge('the image', limit));
      else done(null, chunk);
    },
  });
}
