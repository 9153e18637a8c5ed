import { createWriteStream } from 'node:fs';
import { lstat, mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { sourceRoot, UNPACK_LIMITS, unpackSource } from '../../../layers/builder/source.ts';
import { type Entry, temporaryFolder, writeArchive } from './peers.ts';

/** Unpacks an archive of these entries into `<folder>/source`. No file may appear next to that folder. */
async function unpack(folder: string, entries: Iterable<Entry>, limits = UNPACK_LIMITS): Promise<string> {
  const [archive, source] = [join(folder, 'a.tar.gz'), join(folder, 'source')];
  await writeArchive(archive, entries);
  await mkdir(source);
  await unpackSource(archive, source, limits);
  return source;
}

const file = (name: string, content = 'x'): Entry => ({ name, content });
const link = (name: string, linkname: string): Entry => ({ name, linkname, type: 'symlink' });

describe('unpacking a source', () => {
  it('keeps files, folders, links and the executable bit, and no other mode', async () => {
    await using folder = await temporaryFolder();
    const source = await unpack(folder.path, [
      { name: 'bin/', type: 'directory' },
      { name: './bin/run', content: '#!/bin/sh\n', mode: 0o4777 },
      { name: 'deep/er/note.txt', content: 'note', mode: 0o600 },
      { name: 'copy.txt', type: 'link', linkname: 'deep/er/note.txt' },
      link('deep/er/run', '../../bin/run'),
    ]);
    expect((await lstat(join(source, 'bin/run'))).mode & 0o7777).toBe(0o755);
    expect((await lstat(join(source, 'deep/er/note.txt'))).mode & 0o7777).toBe(0o644);
    expect(await readFile(join(source, 'copy.txt'), 'utf8')).toBe('note');
    expect(await readlink(join(source, 'deep/er/run'))).toBe('../../bin/run');
  });

  it.each<[string, Entry[], string]>([
    ['a path with ".."', [file('../evil')], 'a path with "..", "../evil"'],
    ['a path with ".." in its middle', [file('a/../../evil')], 'a path with ".."'],
    ['an absolute path', [file('/etc/evil')], 'an absolute path, "/etc/evil"'],
    ['an absolute link', [link('passwd', '/etc/passwd')], 'a link at "passwd" to "/etc/passwd", which leads outside'],
    ['a link that leads outside', [link('a/b', '../../x')], 'a link at "a/b" to "../../x", which leads outside'],
    [
      'a link that leads outside through another link',
      [link('d/here', '.'), link('d/out', 'here/../../x')],
      'leads outside',
    ],
    [
      'a file below a link',
      [link('a', 'b'), file('a/x')],
      'an entry at "a/x", below or at the same path as the link "a"',
    ],
    [
      'a file in place of a link',
      [link('a', 'b'), file('a')],
      'an entry at "a", below or at the same path as the link "a"',
    ],
    ['a hard link to the outside', [{ name: 'h', type: 'link', linkname: '../../etc/passwd' }], 'a path with ".."'],
    ['a hard link to nothing', [{ name: 'h', type: 'link', linkname: 'gone' }], 'a hard link at "h" to "gone"'],
    [
      'a device',
      [{ name: 'null', type: 'character-device', devmajor: 1, devminor: 3 }],
      'a character-device at "null"',
    ],
    ['a pipe', [{ name: 'pipe', type: 'fifo' }], 'a fifo at "pipe"'],
    ['a file where a folder is', [file('a/b'), file('a')], 'two entries that conflict'],
    ['a folder where a file is', [file('a'), file('a/b')], 'two entries that conflict'],
  ])('refuses %s and writes nothing outside', async (_, entries, message) => {
    await using folder = await temporaryFolder();
    await expect(unpack(folder.path, [file('first'), ...entries])).rejects.toThrow(message);
    expect((await readdir(folder.path)).sort()).toEqual(['a.tar.gz', 'source']);
  });

  it('refuses more entries than allowed', async () => {
    await using folder = await temporaryFolder();
    const many = Array.from({ length: 101 }, (_, index) => file(`f${index}`));
    await expect(unpack(folder.path, many, { ...UNPACK_LIMITS, entries: 100 })).rejects.toThrow(
      'more than 100 entries; leave out files that the build does not need',
    );
    expect(UNPACK_LIMITS.entries).toBe(100_000);
  });

  it('refuses a small archive that exceeds the limits unpacked, and hard links that multiply a file', async () => {
    const limits = { ...UNPACK_LIMITS, bytes: 4 * 1024 * 1024 };
    const large = file('zeros', '\0'.repeat(3 * 1024 * 1024));
    const message = 'the source is larger than 4 MB unpacked';
    await using one = await temporaryFolder();
    await expect(unpack(one.path, [large, { ...large, name: 'more' }], limits)).rejects.toThrow(message);
    await using two = await temporaryFolder();
    const copies = ['b', 'c'].map((name): Entry => ({ name, type: 'link', linkname: 'zeros' }));
    await expect(unpack(two.path, [large, ...copies], limits)).rejects.toThrow(message);
  });

  it.each<[string, Buffer]>([
    ['not gzipped', Buffer.from('PK\u0003\u0004 something else')],
    ['gzipped but not a tar', gzipSync(Buffer.alloc(2048, 'no tar'))],
    ['empty', Buffer.alloc(0)],
  ])('refuses an archive that is %s', async (_, bytes) => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'a.tar.gz'), bytes);
    await expect(unpackSource(join(folder.path, 'a.tar.gz'), folder.path)).rejects.toThrow(
      'the source is not a complete gzipped tar; upload it again',
    );
  });

  it('refuses an archive that was cut off', async () => {
    await using folder = await temporaryFolder();
    const archive = join(folder.path, 'a.tar.gz');
    await writeArchive(archive, [file('note', 'x'.repeat(10_000)), file('more', 'y'.repeat(10_000))]);
    const bytes = await readFile(archive);
    await writeFile(archive, bytes.subarray(0, bytes.length - 20));
    await expect(unpackSource(archive, join(folder.path))).rejects.toThrow('not a complete gzipped tar');
  });
});

describe('a hostile source', () => {
  /** By how many MB this process's memory grew while an archive of this tar was refused with `message`. */
  async function refused(tar: Iterable<Buffer>, message: string, limits = UNPACK_LIMITS): Promise<number> {
    await using folder = await temporaryFolder();
    const [archive, source] = [join(folder.path, 'a.tar.gz'), join(folder.path, 'source')];
    await pipeline(Readable.from(tar), createGzip({ level: 1 }), createWriteStream(archive));
    await mkdir(source);
    const before = process.memoryUsage().rss;
    await expect(unpackSource(archive, source, limits)).rejects.toThrow(message);
    expect((await readdir(folder.path)).sort()).toEqual(['a.tar.gz', 'source']);
    return (process.memoryUsage().rss - before) / 1024 / 1024;
  }

  /** A tar header of 512 bytes with a right checksum. */
  function header(name: string, size: number, type = '0'): Buffer {
    const block = Buffer.alloc(512);
    block.write(name, 0);
    block.write('0000644\0', 100);
    block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
    block.write(`        ${type}`, 148);
    block.write('ustar\u000000', 257);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return block;
  }

  /** A file whose name is in an extended header. Source: POSIX pax, "pax Extended Header". */
  function named(name: string): Buffer[] {
    const rest = ` path=${name}\n`;
    const digits = String(rest.length + String(rest.length + 1).length).length;
    const record = `${rest.length + digits}${rest}`;
    const padding = Buffer.alloc((512 - (record.length % 512)) % 512);
    return [header('pax', record.length, 'x'), Buffer.from(record), padding, header('short', 0)];
  }

  it('of 200,000 entries is refused as soon as it exceeds the limit, in bounded memory', async () => {
    const folders = Buffer.concat(Array.from({ length: 1_000 }, (_, index) => header(`d/${index}/`, 0, '5')));
    const tar = Array.from({ length: 200 }, () => folders);
    expect(await refused(tar, 'more than 5000 entries', { ...UNPACK_LIMITS, entries: 5_000 })).toBeLessThan(200);
  });

  it('that is a zip bomb is refused as soon as it exceeds the limit, in bounded memory', async () => {
    const tar = [header('zeros', 2 ** 31), ...Array.from({ length: 256 }, () => Buffer.alloc(1024 * 1024))];
    const grown = await refused(tar, 'the source is larger than 32 MB unpacked', {
      ...UNPACK_LIMITS,
      bytes: 32 * 1024 ** 2,
    });
    expect(grown).toBeLessThan(200);
  });

  it.each([
    ['too long for a file system', 'n'.repeat(2_000), 'a name of more than 1024 characters or 100 folders, "nnn'],
    ['of a million folders', 'd/'.repeat(1_000_000), 'a name of more than 1024 characters or 100 folders, "d/d/'],
    ['of too many folders', 'd/'.repeat(200), 'a name of more than 1024 characters or 100 folders'],
    ['of more than 4 MB', 'n'.repeat(8 * 1024 ** 2), 'an entry whose name has more than 4 MB'],
  ])('with a name %s is refused', async (_, name, message) => {
    expect(await refused([...named(name), Buffer.alloc(1024)], message)).toBeLessThan(200);
  });

  it('with a link whose target has a million folders is refused', async () => {
    await using folder = await temporaryFolder();
    await expect(unpack(folder.path, [link('l', '../'.repeat(100_000))])).rejects.toThrow('a name of more than 1024');
  });
});

describe('the root folder', () => {
  it('is a folder of the source', async () => {
    await using folder = await temporaryFolder();
    const source = await unpack(folder.path, [file('apps/web/index.html'), file('note')]);
    expect(await sourceRoot(source, '')).toBe(source);
    expect(await sourceRoot(source, './apps/web/')).toBe(join(source, 'apps/web'));
    await expect(sourceRoot(source, 'apps/api')).rejects.toThrow(
      'the root folder "apps/api" is not a folder of the source',
    );
    await expect(sourceRoot(source, 'note')).rejects.toThrow('is not a folder of the source');
    await expect(sourceRoot(source, '../..')).rejects.toThrow('leads out of the source');
    await expect(sourceRoot(source, '/etc')).rejects.toThrow('leads out of the source');
  });
});
