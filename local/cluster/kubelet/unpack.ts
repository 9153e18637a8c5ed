import { createReadStream, createWriteStream, rmSync, writeFileSync } from 'node:fs';
import { link, lstat, mkdir, readdir, realpath, rm, symlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';

const MAX_ENTRIES = 1_000_000;
const MAX_BYTES = 16 * 1024 ** 3;
/** Files up to this many bytes are read whole and written at once: a stream per file costs more than most of them. */
const SMALL = 64 * 1024;
/** Bytes read and decompressed at a time. */
const CHUNK = 256 * 1024;
const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';

/**
 * Unpacks a gzipped tar layer over `root` (OCI image-spec, layer.md): files, folders, links, whiteouts. Refuses paths and links that leave the root,
 * devices, and more than a million entries or 16 GiB; drops set-user-id bits and owners.
 */
export async function unpackLayer(file: string, root: string): Promise<void> {
  const laid: Laid = { root: await realpath(root), written: new Set(), folders: new Map() };
  const entries = extract();
  const packed = createReadStream(file, { highWaterMark: CHUNK });
  const feeding = pipeline(packed, createGunzip({ chunkSize: CHUNK }), entries);
  feeding.catch(() => undefined);
  let [count, bytes] = [0, 0];
  for await (const entry of entries) {
    const header = entry.header as Header;
    count += 1;
    bytes += header.size ?? 0;
    if (count > MAX_ENTRIES || bytes > MAX_BYTES) throw new Error('the image layer is larger than a node unpacks');
    await unpackEntry(laid, header, entry as unknown as Readable);
    (entry as unknown as Readable).resume();
  }
  await feeding;
}

/** A layer while it is unpacked over a root. */
interface Laid {
  /** The folder itself, without links. */
  readonly root: string;
  /** The paths that this layer wrote. */
  readonly written: Set<string>;
  /** Visited folders and their targets; forgotten with any entry that may change them. */
  readonly folders: Map<string, string>;
}

async function unpackEntry(laid: Laid, header: Header, content: Readable): Promise<void> {
  const { root, written, folders } = laid;
  const target = inside(root, root, header.name);
  if (target === root) return;
  const name = target.slice(dirname(target).length + 1);
  const folder = await knownFolder(laid, dirname(target));
  const isFile = header.type === 'file' || header.type === 'contiguous-file';
  if (!isFile || name.startsWith(WHITEOUT)) folders.clear();
  if (name.startsWith(WHITEOUT)) return whiteOut(folder, name, written);
  const path = join(folder, name);
  written.add(path);
  const mode = (header.mode ?? 0o644) & 0o777;
  if (header.type === 'directory') return makeFolder(path, mode | 0o700);
  if (isFile && (header.size ?? 0) <= SMALL) return writeSmall(laid, path, await buffer(content), mode | 0o600);
  await rm(path, { recursive: true, force: true });
  folders.clear();
  if (header.type === 'symlink') {
    const to = header.linkname ?? '';
    const real = isAbsolute(to) ? inside(root, root, to) : inside(root, folder, to);
    await symlink(isAbsolute(to) ? relative(folder, real) || '.' : to, path);
  } else if (header.type === 'link') {
    const source = inside(root, root, header.linkname ?? '');
    await link(join(await realFolder(root, dirname(source)), source.slice(dirname(source).length + 1)), path);
  } else if (isFile) {
    await pipeline(content, createWriteStream(path, { mode: mode | 0o600 }));
  } else throw new Error(`the image holds ${header.name}, a ${header.type}, which is not unpacked`);
}

/** Writes a new file; an existing entry at its path is deleted first. */
function writeSmall({ folders }: Laid, path: string, content: Buffer, mode: number): void {
  try {
    writeFileSync(path, content, { mode, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    rmSync(path, { recursive: true, force: true });
    folders.clear();
    writeFileSync(path, content, { mode, flag: 'wx' });
  }
}

async function knownFolder({ root, folders }: Laid, folder: string): Promise<string> {
  const known = folders.get(folder) ?? (await realFolder(root, folder));
  folders.set(folder, known);
  return known;
}

async function makeFolder(path: string, mode: number): Promise<void> {
  const present = await lstat(path).catch(() => undefined);
  if (present !== undefined && !present.isDirectory()) await rm(path, { force: true });
  await mkdir(path, { recursive: true, mode });
}

/** Deletes entries of lower layers; entries that this layer wrote stay. */
async function whiteOut(folder: string, name: string, written: ReadonlySet<string>): Promise<void> {
  const names = name === OPAQUE ? await readdir(folder) : [name.slice(WHITEOUT.length)];
  for (const each of names) {
    const path = join(folder, each);
    if (each === '' || each === '.' || each === '..') throw new Error(`the image holds ${name}, a whiteout of nothing`);
    if (!written.has(path)) await rm(path, { recursive: true, force: true });
  }
}

/** The path of `name` from `folder`, which must be within the root. */
function inside(root: string, folder: string, name: string): string {
  const path = resolve(folder, isAbsolute(name) ? `.${name}` : name);
  if (path === root || path.startsWith(root + sep)) return path;
  throw new Error(`the image holds a path outside of its root: ${name}`);
}

/** The folder with its links resolved, created if missing; a link planted to lead outside is refused. */
async function realFolder(root: string, folder: string): Promise<string> {
  let at = root;
  for (const part of relative(root, folder).split(sep)) {
    if (part === '') continue;
    const next = join(at, part);
    const real = await realpath(next).catch(() => undefined);
    if (real === undefined) await mkdir(next, { recursive: true });
    at = real ?? next;
    if (at !== root && !at.startsWith(root + sep))
      throw new Error(`the image holds a link that leads outside of its root: ${part}`);
  }
  return at;
}
