import { open, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { fileTooLarge, quoted, type SourceEntry } from '@gantry/cloud/git/tree.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { sourceLimits } from '@gantry/contract/source-limits.ts';
import { limitBytes } from '@gantry/outbound/body.ts';
import { type Pack, pack } from 'tar-stream';

export interface ArchiveLimits {
  /** Files, folders and links. */
  readonly entries: number;
  readonly fileBytes: number;
  /** Of the tar, headers included. */
  readonly bytes: number;
  /** Of the tar, gzipped. */
  readonly packedBytes: number;
}

/** The limits of an archive that a build unpacks. A single file may be as large as on GitHub. */
export const ARCHIVE_LIMITS: ArchiveLimits = {
  entries: sourceLimits.entries,
  fileBytes: 100 * 1024 * 1024,
  bytes: sourceLimits.bytes,
  packedBytes: sourceLimits.packedBytes,
};

/** Files above this many bytes are streamed into the archive; smaller ones are read whole. */
const STREAM_ABOVE = 256 * 1024;
/** https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: a pointer is smaller than this and begins with this line. */
const LFS_BYTES = 1024;
const LFS_POINTER = /^version https:\/\/(?:git-lfs\.github|hawser\.github)\.com\/spec\//;

/**
 * Writes a source tree to `file` as the gzipped tar of a build. Equal trees give equal bytes, and memory does not grow with the tree. Throws TooLarge
 * above a limit. Throws Invalid when the service's root folder would be incomplete: a Git LFS pointer in place of a file, or a submodule. An error
 * leaves no file behind.
 */
export async function writeArchive(
  entries: AsyncIterable<SourceEntry>,
  file: string,
  rootFolder: string,
  limits: ArchiveLimits = ARCHIVE_LIMITS,
): Promise<void> {
  const tar = pack();
  // Opened before anything can fail: a destroyed stream may still open its file after the file was removed.
  const archive = await open(file, 'w');
  const drain = pipeline(
    limitBytes(tar as AsyncIterable<Buffer>, limits.bytes, 'The source, unpacked,'),
    createGzip({ level: 1 }),
    (gzipped: AsyncIterable<Buffer>) => limitBytes(gzipped, limits.packedBytes, 'The source, packed,'),
    archive.createWriteStream(),
  ).catch((error: unknown) => {
    tar.destroy();
    throw error;
  });
  const fill = addAll(tar, entries, rootFolder, limits).catch((error: unknown) => {
    tar.destroy(new Error('the source cannot be archived', { cause: error }));
    throw error;
  });
  const failures = (await Promise.allSettled([drain, fill])).flatMap((result) =>
    result.status === 'rejected' ? [result.reason] : [],
  );
  if (failures.length === 0) return;
  await rm(file, { force: true });
  throw failures.find((failure) => failure instanceof GantryError) ?? failures[0];
}

async function addAll(tar: Pack, entries: AsyncIterable<SourceEntry>, rootFolder: string, limits: ArchiveLimits) {
  const root = new RootFolder(rootFolder);
  let count = 0;
  for await (const entry of entries) {
    count += 1;
    if (count > limits.entries) {
      throw new GantryError('TooLarge', `The source has more than ${limits.entries} files and folders.`);
    }
    if (entry.size > limits.fileBytes) throw fileTooLarge(entry.path, limits.fileBytes);
    await add(tar, entry, root);
  }
  root.requireWhole();
  tar.finalize();
}

async function add(tar: Pack, { path, kind, size, content }: SourceEntry, root: RootFolder): Promise<void> {
  root.see(path, kind);
  const common = { mtime: new Date(0), name: path };
  if (kind === 'folder' || kind === 'submodule') return write(tar, { ...common, type: 'directory', name: `${path}/` });
  if (kind !== 'link' && size > STREAM_ABOVE) {
    return stream(tar, { ...common, size, mode: modeOf(kind) }, content);
  }
  const bytes = await buffer(content);
  if (kind === 'link') return write(tar, { ...common, type: 'symlink', linkname: bytes.toString('utf8') });
  root.look(path, bytes);
  return write(tar, { ...common, mode: modeOf(kind) }, bytes);
}

function modeOf(kind: SourceEntry['kind']): number {
  return kind === 'executable' ? 0o755 : 0o644;
}

/** The folder that is built must be complete; other folders need not be. */
class RootFolder {
  readonly #path: string;
  /** Folders without any entry so far: an archive has an empty folder in place of a submodule. */
  readonly #empty = new Set<string>();
  #modules: readonly string[] = [];

  constructor(path: string) {
    this.#path = path
      .split('/')
      .filter((part) => part !== '' && part !== '.')
      .join('/');
  }

  see(path: string, kind: SourceEntry['kind']): void {
    this.#empty.delete(path.slice(0, Math.max(0, path.lastIndexOf('/'))));
    if (kind === 'folder') this.#empty.add(path);
    if (kind === 'submodule') this.#refuse(path);
  }

  look(path: string, content: Buffer): void {
    if (path === '.gitmodules') this.#modules = modulesIn(content.toString('utf8'));
    if (content.length >= LFS_BYTES || !this.#holds(path) || !LFS_POINTER.test(content.toString('latin1'))) return;
    throw new GantryError(
      'Invalid',
      `${quoted(path)} is a pointer of Git LFS, not the file itself. Commit the file, fetch it in the build, or have GitHub include LFS objects in archives (settings of the repository).`,
    );
  }

  requireWhole(): void {
    for (const path of this.#modules) if (this.#empty.has(path)) this.#refuse(path);
  }

  #refuse(path: string): void {
    if (!this.#holds(path) && !this.#path.startsWith(`${path}/`)) return;
    throw new GantryError(
      'Invalid',
      `${quoted(path)} is a submodule, which is not fetched. Commit its files, or install it as a package.`,
    );
  }

  #holds(path: string): boolean {
    return this.#path === '' || path === this.#path || path.startsWith(`${this.#path}/`);
  }
}

/** The folders named in `.gitmodules`. https://git-scm.com/docs/gitmodules */
function modulesIn(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const [, value] = /^[ \t]*path[ \t]*=(.*)$/.exec(line) ?? [];
    const path = value?.trim().replace(/^"/, '').replace(/"$/, '').replace(/\/$/, '');
    return path === undefined ? [] : [path];
  });
}

type Header = Parameters<Pack['entry']>[0];

function write(tar: Pack, header: Header, content = Buffer.alloc(0)): Promise<void> {
  return new Promise((done, fail) => {
    tar.entry(header, content, (error) => (error ? fail(error) : done()));
  });
}

async function stream(tar: Pack, header: Header, content: AsyncIterable<Uint8Array>): Promise<void> {
  const written = Promise.withResolvers<void>();
  const sink = tar.entry(header, (error) => (error ? written.reject(error) : written.resolve()));
  await Promise.all([pipeline(Readable.from(content), sink as unknown as NodeJS.WritableStream), written.promise]);
}
