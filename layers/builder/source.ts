import { createReadStream } from 'node:fs';
import { copyFile, mkdir, realpath, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, posix, sep } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { sourceLimits } from '@gantry/contract/source-limits.ts';
import { extract, type Header } from 'tar-stream';
import { BuildError, errorCode, errorMessage } from './build-error.ts';

export interface UnpackLimits {
  readonly entries: number;
  /** Bytes of the unpacked archive, including headers. */
  readonly bytes: number;
}

export const UNPACK_LIMITS: UnpackLimits = { entries: sourceLimits.entries, bytes: sourceLimits.bytes };
/** The maximum number of characters in a name, and of folders. They bound the cost of each entry. */
const NAME_LIMITS = { characters: 1024, parts: 100 } as const;
const CONFLICTS = new Set(['EISDIR', 'ENOTDIR', 'EEXIST', 'ENAMETOOLONG', 'EILSEQ']);

/**
 * Unpacks an untrusted gzipped tar into an empty folder. Throws a `BuildError` if an entry would be written outside of
 * the folder, if an entry is neither a file, nor a folder, nor a link, or if the archive is broken or exceeds the
 * limits.
 */
export async function unpackSource(archive: string, folder: string, limits = UNPACK_LIMITS): Promise<void> {
  const tar = extract();
  const feed = pipeline(
    createReadStream(archive),
    createGunzip(),
    meter(limits.bytes),
    tar as unknown as NodeJS.WritableStream,
  );
  const [fed, consumed] = await Promise.allSettled([feed, writeEntries(tar, folder, limits)]);
  const failures = [consumed, fed].flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  const failure = failures.find((reason) => reason instanceof BuildError) ?? failures[0];
  if (failure !== undefined) throw explain(failure);
}

/**
 * The folder of the app in an unpacked source. Throws a `BuildError` if `root` is not a folder of the source, or if a
 * link leads out of the source.
 */
export async function sourceRoot(folder: string, root: string): Promise<string> {
  const parts = root.split('/').filter((part) => part !== '' && part !== '.');
  const wanted = parts.join('/');
  if (root.startsWith('/') || parts.includes('..')) {
    throw new BuildError(
      `the root folder ${JSON.stringify(root)} leads out of the source; give a path below it, such as "apps/web"`,
    );
  }
  const [base, path] = [await realpath(folder), await realpath(join(folder, wanted)).catch(() => undefined)];
  const inside = path !== undefined && (path === base || path.startsWith(base + sep));
  if (!inside || !(await stat(path)).isDirectory()) {
    throw new BuildError(
      `the root folder ${JSON.stringify(root)} is not a folder of the source; check its name and case`,
    );
  }
  return path;
}

/**
 * Links are made last, and nothing is unpacked below a link, so no entry is written through a link. In a link, every
 * `..` must be at the beginning. Such a link counts from its own real folder, never from the target of another link.
 */
async function writeEntries(tar: ReturnType<typeof extract>, folder: string, limits: UnpackLimits): Promise<void> {
  const links = new Map<string, string>();
  let [entries, copied] = [0, 0];
  for await (const entry of tar) {
    const { header } = entry;
    entries += 1;
    if (entries > limits.entries)
      throw new BuildError(
        `the archive has more than ${limits.entries} entries; leave out files that the build does not need`,
      );
    const path = safePath(header.name);
    const throughLink = [...parents(path), path].find((parent) => links.has(parent));
    if (throughLink !== undefined)
      throw new BuildError(
        `the archive has an entry at ${show(path)}, below or at the same path as the link ${show(throughLink)}`,
      );
    const target = join(folder, path);
    if (header.type === 'directory') await mkdir(target, { recursive: true });
    else if (header.type === 'symlink') links.set(path, safeLink(path, header));
    else {
      if (path === '') throw new BuildError('the archive has a file without a name');
      await mkdir(dirname(target), { recursive: true });
      if (header.type === 'file' || header.type === 'contiguous-file') {
        await writeFile(target, entry as AsyncIterable<Buffer>, { mode: (header.mode & 0o100) === 0 ? 0o644 : 0o755 });
      } else if (header.type === 'link') {
        const origin = join(folder, safePath(header.linkname));
        copied += (await stat(origin).catch(() => undefined))?.size ?? 0;
        if (copied > limits.bytes) throw tooLarge(limits.bytes);
        await copyHardLink(origin, target, path, header.linkname);
      } else {
        throw new BuildError(
          `the archive has a ${header.type} at ${show(path)}; only files, folders and links can be deployed`,
        );
      }
    }
    entry.resume();
  }
  for (const [path, target] of links) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await symlink(target, join(folder, path));
  }
}

async function copyHardLink(origin: string, target: string, path: string, linkname: string): Promise<void> {
  const found = await stat(origin).catch(() => undefined);
  if (!found?.isFile())
    throw new BuildError(
      `the archive has a hard link at ${show(path)} to ${show(linkname)}, which is not an earlier file in the archive`,
    );
  await copyFile(origin, target);
}

function safePath(name: string): string {
  const parts = partsOf(name);
  if (name.startsWith('/'))
    throw new BuildError(`the archive has an absolute path, ${show(name)}; create it with relative paths`);
  if (parts.includes('..'))
    throw new BuildError(`the archive has a path with "..", ${show(name)}; create it in the source's own folder`);
  if (name.includes('\0')) throw new BuildError(`the archive has a path with a zero byte, ${show(name)}`);
  return parts.join('/');
}

function safeLink(path: string, header: Header): string {
  const target = header.linkname ?? '';
  const parts = partsOf(target);
  const ups = parts.lastIndexOf('..') + 1;
  const straight = parts.slice(0, ups).every((part) => part === '..');
  const depth = path.split('/').length - 1;
  if (path === '' || target === '' || target.includes('\0') || posix.isAbsolute(target) || !straight || ups > depth) {
    throw new BuildError(
      `the archive has a link at ${show(path)} to ${show(target)}, which leads outside of the source; remove it`,
    );
  }
  return target;
}

function partsOf(name: string): string[] {
  const parts = name.length > NAME_LIMITS.characters ? [] : name.split('/');
  if (parts.length > 0 && parts.length <= NAME_LIMITS.parts) return parts.filter((part) => part !== '' && part !== '.');
  throw new BuildError(
    `the archive has a name of more than ${NAME_LIMITS.characters} characters or ${NAME_LIMITS.parts} folders, ${show(name)}`,
  );
}

function parents(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

function meter(limit: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > limit) done(tooLarge(limit));
      else done(null, chunk);
    },
  });
}

function tooLarge(limit: number): BuildError {
  return new BuildError(
    `the source is larger than ${Math.floor(limit / 1024 / 1024)} MB unpacked; leave out files that the build does not need`,
  );
}

function explain(error: unknown): unknown {
  if (error instanceof BuildError) return error;
  const code = errorCode(error);
  if (CONFLICTS.has(code))
    return new BuildError('the archive has two entries that conflict, or a name that is too long');
  if (errorMessage(error) === 'Header exceeds max size') {
    return new BuildError('the archive has an entry whose name has more than 4 MB');
  }
  const broken = code.startsWith('Z_') || (code === '' && /header|tar|end of data/i.test(errorMessage(error)));
  return broken ? new BuildError('the source is not a complete gzipped tar; upload it again') : error;
}

function show(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}
