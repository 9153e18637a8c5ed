import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { withCheckout } from '@gantry/cloud/git/checkout.ts';
import type { SourceEntry } from '@gantry/cloud/git/tree.ts';
import { ARCHIVE_LIMITS, writeArchive } from '@gantry/core/source/archive.ts';
import { tarballEntries } from '@gantry/core/source/tarball.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pack } from 'tar-stream';
import type { Content, Repository } from '../../../journeys/git-repository.ts';
import { type GitServer, startGitServer } from '../../../journeys/git-server.ts';
import { patience } from '../../../patience.ts';

const folder = mkdtempSync(join(tmpdir(), 'gantry-archive-'));
const file = join(folder, 'source.tar.gz');
let server: GitServer;
let repository: Repository;
let count = 0;
beforeAll(async () => {
  server = await startGitServer();
  repository = await server.create('shop');
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A commit of only these files. */
const commitOf = (files: Record<string, Content>) => repository.push(`case-${++count}`, files);

/** GitHub's archive of a commit: `git archive`, with a folder around everything. */
async function github(files: Record<string, Content>): Promise<AsyncIterable<SourceEntry>> {
  const commit = await commitOf(files);
  const args = ['--git-dir', repository.folder, 'archive', '--format=tar.gz', `--prefix=acme-shop-${commit}/`, commit];
  return tarballEntries(Readable.from([execFileSync('git', args)], { objectMode: false }));
}

async function viaGithub(files: Record<string, Content>, rootFolder = '', limits = ARCHIVE_LIMITS): Promise<void> {
  await writeArchive(await github(files), file, rootFolder, limits);
}

async function viaGit(files: Record<string, Content>, rootFolder = '', limits = ARCHIVE_LIMITS): Promise<void> {
  const remote = { url: `${server.url}/shop.git`, privateAddresses: true };
  const checkout = { packBytes: 2 ** 24, entries: 1000, fileBytes: limits.fileBytes, timeoutMs: patience(5_000) };
  await withCheckout(remote, await commitOf(files), checkout, ({ entries }) =>
    writeArchive(entries, file, rootFolder, limits),
  );
}

const listing = () =>
  execFileSync('tar', ['-tvzf', file])
    .toString()
    .trim()
    .split('\n')
    .map((line) => line.split(/\s+/));
const contentOf = (path: string) => execFileSync('tar', ['-xzOf', file, path]).toString();

describe.each([
  ['an archive from GitHub', viaGithub],
  ['a checkout of git', viaGit],
])('%s', (_, archive) => {
  it('becomes the archive for a build: files with modes, links and folders, without an outer folder', async () => {
    const long = `${'a'.repeat(120)}/${'b'.repeat(120)}.txt`;
    await archive({
      'package.json': '{}',
      'bin/run': { executable: '#!/bin/sh' },
      latest: { link: 'bin/run' },
      [long]: 'long',
      'big.bin': Buffer.alloc(600_000, 7),
    });
    const found = new Map(
      listing().map(([mode = '', , , , , name = '', ...rest]) => [name, [mode, ...rest].join(' ')]),
    );
    expect(Object.fromEntries(found)).toMatchObject({
      'package.json': '-rw-r--r--',
      'bin/': 'drwxr-xr-x',
      'bin/run': '-rwxr-xr-x',
      [long]: '-rw-r--r--',
      'big.bin': '-rw-r--r--',
      latest: expect.stringMatching(/^l.* -> bin\/run$/),
    });
    expect(contentOf(long)).toBe('long');
    expect(contentOf('big.bin') === '\x07'.repeat(600_000)).toBe(true);
  });

  it('gives the same bytes for the same tree, so that an unchanged tree is not built again', async () => {
    await archive({ 'a.txt': 'a' });
    const first = readFileSync(file);
    await archive({ 'a.txt': 'a' });
    expect(readFileSync(file).equals(first)).toBe(true);
  });

  it('is refused for a Git LFS pointer below the root folder, and accepted for one elsewhere', async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`;
    const files = { 'web/logo.png': pointer, 'web/index.js': '', 'api/index.js': '' };
    await expect(archive(files, 'web')).rejects.toThrow('"web/logo.png" is a pointer of Git LFS');
    await expect(archive(files)).rejects.toMatchObject({ kind: 'Invalid' });
    expect(existsSync(file)).toBe(false);
    await archive(files, 'api');
    expect(contentOf('web/logo.png')).toBe(pointer);
  });

  it('is refused for a submodule below or around the root folder, and accepted for one elsewhere', async () => {
    const files = {
      '.gitmodules': '[submodule "lib"]\n\tpath = web/lib\n\turl = https://git.example.com/lib.git\n',
      'web/lib': { submodule: 'a'.repeat(40) },
      'web/index.js': '',
      'api/index.js': '',
    };
    for (const root of ['', 'web', './web/', 'web/lib/inner']) {
      await expect(archive(files, root)).rejects.toThrow('"web/lib" is a submodule');
    }
    await archive(files, 'api');
    expect(listing().flat()).toContain('web/lib/');
  });

  it('is refused with the name of a file that is too large, and with any other exceeded limit', async () => {
    const files = { 'a.txt': 'a', 'media/film.bin': Buffer.alloc(2_000_000) };
    const limits = (changed: object) => ({ ...ARCHIVE_LIMITS, ...changed });
    await expect(archive(files, '', limits({ fileBytes: 1_048_576 }))).rejects.toThrow(
      '"media/film.bin" is larger than 1 MB',
    );
    await expect(archive(files, '', limits({ entries: 2 }))).rejects.toThrow('more than 2 files and folders');
    await expect(archive(files, '', limits({ bytes: 1_048_576 }))).rejects.toThrow('unpacked, is larger than 1 MB');
    await expect(archive(files, '', limits({ packedBytes: 100 }))).rejects.toThrow('packed, is larger than 100 bytes');
    expect(existsSync(file)).toBe(false);
  });
});

describe('an archive from GitHub', () => {
  it('is accepted when it lists a submodule that is gone', async () => {
    await viaGithub({ '.gitmodules': '[submodule "lib"]\n path = lib\n', 'lib/index.js': 'ours' });
    expect(contentOf('lib/index.js')).toBe('ours');
  });

  it('that is cut off or malformed fails as Unavailable, so that the deployment tries again', async () => {
    const whole = gzipSync(Buffer.alloc(10_240, 'a'));
    for (const bytes of [whole.subarray(0, 20), Buffer.from('<html>'), whole]) {
      const entries = tarballEntries(Readable.from([bytes], { objectMode: false }));
      await expect(writeArchive(entries, file, '')).rejects.toMatchObject({ kind: 'Unavailable' });
    }
  });

  it('with a file of 2 GB is refused at the header of the file', async () => {
    const tar = pack();
    tar.entry({ name: 'acme-shop-1/dump.sql', size: 2 ** 31 });
    const { value: head } = await tar[Symbol.asyncIterator]().next();
    const bytes = gzipSync(Buffer.concat([head as Buffer, Buffer.alloc(1024)]));
    const entries = tarballEntries(Readable.from([bytes], { objectMode: false }));
    await expect(writeArchive(entries, file, '')).rejects.toThrow('"dump.sql" is larger than 100 MB');
  });
});
