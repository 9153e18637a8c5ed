import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type CheckoutLimits, withCheckout } from '@gantry/cloud/git/checkout.ts';
import { applyDelta } from '@gantry/cloud/git/delta.ts';
import { branchHead, type GitRemote } from '@gantry/cloud/git/remote.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type GitServer, startGitServer } from '../../journeys/git-server.ts';
import { patience } from '../../patience.ts';
import { serve } from '../outbound/serve.ts';

const LIMITS: CheckoutLimits = { packBytes: 2 ** 24, entries: 1000, fileBytes: 2 ** 22, timeoutMs: patience(5_000) };
const credential = { user: 'deploy', token: 's3cret-token' };

let open: GitServer;
let closed: GitServer;
/** The folder for temporary files of only this suite. */
const temporary = mkdtempSync(join(tmpdir(), 'gantry-checkouts-'));
beforeAll(async () => {
  [open, closed] = await Promise.all([startGitServer(), startGitServer(credential)]);
  process.env['TMPDIR'] = temporary;
});
afterAll(async () => {
  await Promise.all([open.stop(), closed.stop()]);
  rmSync(temporary, { recursive: true, force: true });
});

const remoteAt = async (listener: RequestListener): Promise<GitRemote> => ({
  url: `${await serve(listener)}/shop.git`,
  privateAddresses: true,
});

const remoteOf = (server: GitServer, name: string): GitRemote => ({
  url: `${server.url}/${name}.git`,
  privateAddresses: true,
});

/** The content of a checkout: kind and content by path. */
async function contents(remote: GitRemote, commit: string, limits = LIMITS): Promise<Record<string, [string, string]>> {
  return withCheckout(remote, commit, limits, async ({ entries }) => {
    const found: Record<string, [string, string]> = {};
    for await (const { path, kind, content } of entries) {
      found[path] = [kind, (await buffer(content)).toString('latin1')];
    }
    return found;
  });
}

describe('a branch of a git server', () => {
  it.each(['main', 'feature/ü#1', 'v1.0', 'a%20b', 'main-2'])('%s is found by its full name', async (branch) => {
    const repository = await open.create(`branches-${Buffer.from(branch).toString('hex')}`);
    const commit = await repository.push(branch, { 'index.js': branch });
    await repository.push(`${branch}-other`, { 'index.js': 'other' });
    expect(await branchHead(remoteOf(open, repository.name), branch)).toBe(commit);
    expect(await contents(remoteOf(open, repository.name), commit)).toEqual({
      'index.js': ['file', Buffer.from(branch).toString('latin1')],
    });
  });

  it('that does not exist is named in the error, and so is a missing repository', async () => {
    const { name } = await open.create('empty');
    await expect(branchHead(remoteOf(open, name), 'main')).rejects.toMatchObject({
      kind: 'NotFound',
      message: expect.stringContaining('no branch main'),
    });
    await expect(branchHead(remoteOf(open, 'nowhere'), 'main')).rejects.toMatchObject({
      kind: 'NotFound',
      message: expect.stringContaining('no such repository'),
    });
  });
});

describe('the tree of a commit', () => {
  it('keeps files, modes, links, folders and submodules as committed', async () => {
    const repository = await open.create('kinds');
    const commit = await repository.push(
      'main',
      {
        'bin/run': { executable: '#!/bin/sh\n' },
        'empty.txt': '',
        link: { link: 'bin/run' },
        'deep/er/ünïcode 文.txt': 'text',
        'vendor/lib': { submodule: 'a'.repeat(40) },
      },
      { message: 'Ship it\n\nWith a reason' },
    );
    expect(await contents(remoteOf(open, 'kinds'), commit)).toEqual({
      bin: ['folder', ''],
      'bin/run': ['executable', '#!/bin/sh\n'],
      deep: ['folder', ''],
      'deep/er': ['folder', ''],
      'deep/er/ünïcode 文.txt': ['file', 'text'],
      'empty.txt': ['file', ''],
      link: ['link', 'bin/run'],
      vendor: ['folder', ''],
      'vendor/lib': ['submodule', ''],
    });
    await withCheckout(remoteOf(open, 'kinds'), commit, LIMITS, async ({ commit: found }) =>
      expect(found).toMatchObject({ message: 'Ship it\n\nWith a reason', author: 'Ada Lovelace' }),
    );
  });

  it('is complete when packed as deltas, and comes without the history', async () => {
    const repository = await open.create('differences');
    const base = randomBytes(40_000).toString('hex');
    const large = randomBytes(1_500_000);
    const files: Record<string, string> = {};
    for (let index = 0; index < 30; index += 1) files[`src/${index}.txt`] = `${base}${index}\n${base.slice(index)}`;
    await repository.push('main', { 'gone.txt': 'gone', ...files });
    const commit = await repository.push('main', { 'gone.txt': null, 'large.bin': large, 'src/0.txt': 'short' });
    await repository.git('repack', '-adq', '--depth=50');
    const found = await contents(remoteOf(open, 'differences'), commit);
    expect(found['large.bin']?.[1] === large.toString('latin1')).toBe(true);
    expect(Object.keys(found)).not.toContain('gone.txt');
    for (const [path, text] of Object.entries({ ...files, 'src/0.txt': 'short' })) {
      expect(found[path]?.[1] === text).toBe(true);
    }
  });

  it('can be fetched for an older commit, and not for an unknown one', async () => {
    const repository = await open.create('old');
    const first = await repository.push('main', { 'a.txt': 'one' });
    await repository.push('main', { 'a.txt': 'two' });
    expect(await contents(remoteOf(open, 'old'), first)).toEqual({ 'a.txt': ['file', 'one'] });
    await expect(contents(remoteOf(open, 'old'), 'b'.repeat(40))).rejects.toMatchObject({ kind: 'NotFound' });
  });

  it('names a file above the limit, which a filtering server does not even send', async () => {
    const repository = await open.create('large', { 'uploadpack.allowFilter': 'true' });
    const commit = await repository.push('main', { 'videos/a.bin': Buffer.alloc(3_000_000), 'b.txt': 'b' });
    const limits = { ...LIMITS, fileBytes: 2_000_000 };
    await expect(contents(remoteOf(open, 'large'), commit, limits)).rejects.toThrow(
      'The file "videos/a.bin" is larger than 1 MB',
    );
  });

  it('is refused when the server sends too much, and leaves nothing on the disk', async () => {
    const repository = await open.create('heavy');
    const commit = await repository.push('main', { 'a.bin': randomBytes(200_000), 'b.txt': 'b', 'c.txt': 'c' });
    const remote = remoteOf(open, 'heavy');
    await expect(contents(remote, commit, { ...LIMITS, packBytes: 100_000 })).rejects.toMatchObject({
      kind: 'TooLarge',
    });
    await expect(contents(remote, commit, { ...LIMITS, entries: 2 })).rejects.toThrow(
      '5 files and folders; 4 are the most',
    );
    expect(readdirSync(temporary)).toEqual([]);
  });
});

describe('a git server', () => {
  it('that needs a credential gives another error than one that refuses it, and no message holds the credential', async () => {
    const commit = await (await closed.create('private')).push('main', { 'a.txt': 'secret' });
    const remote = remoteOf(closed, 'private');
    expect(await branchHead({ ...remote, credential }, 'main')).toBe(commit);
    expect(await contents({ ...remote, credential }, commit)).toEqual({ 'a.txt': ['file', 'secret'] });
    await expect(branchHead(remote, 'main')).rejects.toThrow('asks for a credential');
    const wrong = { ...remote, credential: { user: 'deploy', token: 'wr0ng' } };
    const error = await branchHead(wrong, 'main').catch((error: unknown) => error);
    expect(error).toMatchObject({ kind: 'Invalid', message: expect.stringContaining('refused the credential') });
    expect(String(error)).not.toContain('wr0ng');
  });

  it.each<[string, RequestListener]>([
    ['a web page', (_, response) => response.end('<html>')],
    [
      'a page that says to be git',
      (_, response) => response.setHeader('content-type', 'application/x-git-upload-pack-advertisement').end('<html>'),
    ],
    [
      'nothing',
      (_, response) => response.setHeader('content-type', 'application/x-git-upload-pack-advertisement').end(),
    ],
  ])('that answers %s is reported as no git server', async (_, listener) => {
    await expect(branchHead(await remoteAt(listener), 'main')).rejects.toThrow('does not answer as a git repository');
  });

  it('from before 2018 is reported as too old', async () => {
    const remote = await remoteAt((_, response) => {
      response.setHeader('content-type', 'application/x-git-upload-pack-advertisement');
      response.end(`001e# service=git-upload-pack\n0000003d${'a'.repeat(40)} refs/heads/main\0 ok\n0000`);
    });
    await expect(branchHead(remote, 'main')).rejects.toThrow('version 2 is needed');
  });

  it('that redirects is followed, without the credential on another host', async () => {
    const repository = await open.create('moved');
    const commit = await repository.push('main', { 'a.txt': 'moved' });
    const remote = await remoteAt((request, response) => {
      response.writeHead(301, { location: `${open.url}${request.url?.replace('shop', 'moved')}` }).end();
    });
    expect(await contents({ ...remote, credential }, await branchHead({ ...remote, credential }, 'main'))).toEqual({
      'a.txt': ['file', 'moved'],
    });
    expect(await branchHead(remote, 'main')).toBe(commit);
  });

  it('that corrupts or cuts a pack is named in the error', async () => {
    const repository = await open.create('broken');
    const commit = await repository.push('main', { 'a.bin': randomBytes(5000) });
    for (const change of [(pack: Buffer) => pack.subarray(0, 3000), (pack: Buffer) => pack.fill(1, 2000, 2100)]) {
      const remote = await remoteAt(async (request, response) => {
        const answer = await fetch(`${open.url}${request.url?.replace('shop', 'broken')}`, {
          method: request.method ?? 'GET',
          headers: { 'git-protocol': 'version=2', 'content-type': request.headers['content-type'] ?? '' },
          ...(request.method === 'POST' && { body: await buffer(request) }),
        });
        const body = Buffer.from(await answer.arrayBuffer());
        response.setHeader('content-type', answer.headers.get('content-type') ?? '');
        response.end(request.method === 'POST' ? change(body) : body);
      });
      await expect(contents(remote, commit)).rejects.toMatchObject({ kind: 'Unavailable' });
    }
  });
});

describe('a delta in a pack', () => {
  it('never reads beyond its base, for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 40 }), (base, instructions) => {
        const delta = Buffer.concat([Buffer.from([base.length, 40]), instructions]);
        try {
          return applyDelta(Buffer.from(base), delta).length === 40;
        } catch (error) {
          return (error as Error).name === 'RangeError';
        }
      }),
    );
  });
});
