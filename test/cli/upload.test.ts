import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packFolder } from '@gantry/cli/archive.ts';
import { putArchive } from '@gantry/cli/upload.ts';
import { type Found, walk } from '@gantry/cli/walk.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

const MB = 1024 * 1024;

describe('the upload of a folder', () => {
  let root: string;

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'gantry-upload-'));
  });

  afterAll(() => rmSync(root, { recursive: true, force: true }));

  function folder(files: Readonly<Record<string, string>>): string {
    const made = mkdtempSync(join(root, 'app-'));
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(made, file)), { recursive: true });
      writeFileSync(join(made, file), text);
    }
    return made;
  }

  async function found(of: string): Promise<Found[]> {
    const all: Found[] = [];
    for await (const one of walk(of)) all.push(one);
    return all;
  }

  const names = async (of: string) => (await found(of)).flatMap((one) => (one.kind === 'left-out' ? [] : [one.name]));

  it('follows nested .gitignore and .gantryignore files: the nearest wins, and `!` takes files back in', async () => {
    const app = folder({
      '.gitignore': '*.log\n/build/\nsecret/*\n!secret/public.txt\n',
      '.gantryignore': '!keep.log\ndocs/\n',
      'a.log': '',
      'keep.log': '',
      'build/out.js': '',
      'docs/guide.md': '',
      'secret/key': '',
      'secret/public.txt': '',
      'web/.gitignore': '!a.log\n*.tmp\n',
      'web/a.log': '',
      'web/b.tmp': '',
      'web/build/in.js': '',
    });
    expect(await names(app)).toEqual([
      '.gantryignore',
      '.gitignore',
      'keep.log',
      'secret/public.txt',
      'web/.gitignore',
      'web/a.log',
      'web/build/in.js',
    ]);
  });

  it('never holds .git, holds .env files only when they are taken back in, and lists those left out', async () => {
    const app = folder({
      '.git/config': '',
      '.env': '',
      '.env.example': '',
      'api/.env.local': '',
      'node_modules/x/i.js': '',
      a: '',
    });
    writeFileSync(join(app, '.gantryignore'), '!.env.example\n!.git\n');
    expect(await names(app)).toEqual(['.env.example', '.gantryignore', 'a']);
    const secrets = (await found(app)).filter((one) => one.kind === 'left-out' && one.why === 'secrets');
    expect(secrets.map(({ name }) => name)).toEqual(['.env', 'api/.env.local']);
  });

  it('follows the ignore files above the folder, up to the root of the repository and no further', async () => {
    const repository = folder({
      '.gitignore': 'a\n',
      'code/.git/HEAD': '',
      'code/.gitignore': 'dist\n',
      'code/app/dist/x': '',
      'code/app/a': '',
    });
    expect(await names(join(repository, 'code/app'))).toEqual(['a']);
  });

  it('holds links to places inside the folder, and lists links that lead out', async () => {
    const app = folder({ 'lib/a': '' });
    symlinkSync('a', join(app, 'lib/b'));
    symlinkSync('/etc/passwd', join(app, 'passwd'));
    symlinkSync('../..', join(app, 'lib/up'));
    expect((await found(app)).map(({ name, kind }) => [name, kind])).toEqual([
      ['lib/a', 'file'],
      ['lib/b', 'link'],
      ['lib/up', 'left-out'],
      ['passwd', 'left-out'],
    ]);
  });

  it('has the files that git tracks or would add and those of .gantryignore, and lists the other files (A39)', async () => {
    const app = folder({
      '.gitignore': 'dist/\n*.log\n!keep.log\ncache/\n',
      '.gantryignore': '!cache/\nnotes.txt\n!.env.shared\n',
      '.env': 'SECRET=1',
      '.env.production': '',
      '.env.shared': '',
      'a folder/ünïcödé.txt': '',
      'a.log': '',
      'cache/x': '',
      'deleted.txt': '',
      'dist/app.js': '',
      'dist/other.js': '',
      'global.txt': '',
      'local.txt': '',
      'logs/.gitignore': '!important.log\n',
      'logs/important.log': '',
      'node_modules/x/i.js': '',
      'notes.txt': '',
    });
    const config = join(app, '..', 'excludes');
    writeFileSync(config, 'global.txt\n');
    const git = (...args: string[]) => execFileSync('git', args, { cwd: app, stdio: 'ignore' });
    git('init', '-q');
    git('config', 'core.excludesFile', config);
    writeFileSync(join(app, '.git/info/exclude'), 'local.txt\n');
    git('add', '-f', 'dist/app.js', '.env.production', 'deleted.txt');
    rmSync(join(app, 'deleted.txt'));
    symlinkSync('/etc/passwd', join(app, 'passwd'));
    const all = await found(app);
    const kept = all.flatMap((one) => (one.kind === 'left-out' ? [] : [one.name]));
    expect(kept).toEqual([
      '.env.production',
      '.env.shared',
      '.gantryignore',
      '.gitignore',
      'a folder/ünïcödé.txt',
      'cache/x',
      'dist/app.js',
      'logs/.gitignore',
      'logs/important.log',
    ]);
    expect(all.flatMap((one) => (one.kind === 'left-out' ? [[one.name, one.why]] : []))).toEqual([
      ['.env', 'secrets'],
      ['node_modules', 'made'],
      ['passwd', 'link'],
    ]);
    expect(await names(join(app, 'logs'))).toEqual(['.gitignore', 'important.log']);
    // A user who names a folder that git ignores wants it.
    expect(await names(join(app, 'dist'))).toEqual(['app.js']);
    rmSync(join(app, '.gitignore'));
    writeFileSync(join(app, '.gitignore'), 'out/\n');
    mkdirSync(join(app, 'out'));
    writeFileSync(join(app, 'out/index.html'), '');
    expect(await names(join(app, 'out'))).toEqual(['index.html']);
  });

  it('is the same in a worktree, holds the files of submodules, and reports an empty submodule (A39)', async () => {
    const main = folder({ 'index.js': '', 'lib/.keep': '' });
    const inner = folder({ 'a.js': '', '.gitignore': 'skip\n', skip: '' });
    const git = (cwd: string, ...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'protocol.file.allow=always', ...args], {
        cwd,
        stdio: 'ignore',
      });
    for (const one of [inner, main]) git(one, 'init', '-q');
    git(inner, 'add', '.');
    git(inner, 'commit', '-qm', 'x');
    git(main, 'submodule', 'add', inner, 'lib/inner');
    git(main, 'add', '.');
    git(main, 'commit', '-qm', 'x');
    expect(await names(main)).toEqual([
      '.gitmodules',
      'index.js',
      'lib/.keep',
      'lib/inner/.gitignore',
      'lib/inner/a.js',
    ]);
    const tree = join(root, 'tree');
    git(main, 'worktree', 'add', tree);
    expect(await names(tree)).toEqual(['.gitmodules', 'index.js', 'lib/.keep']);
    expect((await found(tree)).filter(({ kind }) => kind === 'left-out')).toEqual([
      { kind: 'left-out', name: 'lib/inner', why: 'submodule' },
    ]);
  });

  it('fails early when too large, naming the three largest paths, with a folder of many small files as one (A40)', async () => {
    const small = Object.fromEntries(
      Array.from({ length: 300 }, (_, at) => [`.cache/${at % 7}/${at}`, 'x'.repeat(100)]),
    );
    const large = folder({ ...small, 'readme.md': 'text' });
    mkdirSync(join(large, 'assets/video'), { recursive: true });
    const noise = Buffer.from(Array.from({ length: 200_000 }, () => Math.random() * 256));
    writeFileSync(join(large, 'assets/video/a.bin'), noise);
    const refusal = await packFolder(large, 100_000, () => undefined).catch((error: Error) => error.message);
    expect(refusal).toContain('The largest: assets/video/a.bin 196 KB, .cache/ 30 KB, readme.md 4 bytes. List files');
    execFileSync('truncate', ['-s', '2G', join(large, 'assets/video/a.bin')]);
    let packed = 0;
    const early = packFolder(large, 256 * MB, () => (packed += 1));
    await expect(early).rejects.toMatchObject({
      kind: 'TooLarge',
      message: expect.stringMatching(/at most 256 MB packed, 1024 MB unpacked and 100,000 files\. The largest: assets/),
    });
    expect(packed).toBe(0);
  });

  it('omits the files that git ignores', async () => {
    const segment = fc.constantFrom('a', 'b', 'c.txt', 'd.log');
    const path = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    const pattern = fc
      .tuple(
        fc.constantFrom('', '!', '/'),
        fc.constantFrom(
          'a',
          'b',
          'A',
          '*.log',
          'a/b',
          '**/c.txt',
          'b/*',
          '?',
          'b/**',
          '**',
          '*',
          ' ',
          '',
          '[a-b]',
          '#b',
          'a\\b',
          'b ',
        ),
        fc.constantFrom('', '/'),
      )
      .map((parts) => parts.join(''));
    const ignores = fc.array(pattern, { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(path, { maxLength: 6 }), ignores, ignores, async (paths, top, nested) => {
        const files = paths.filter((one) => !paths.some((other) => other.startsWith(`${one}/`)));
        const app = folder(Object.fromEntries(files.map((file) => [file, ''])));
        writeFileSync(join(app, '.gitignore'), top.join('\n'));
        mkdirSync(join(app, 'n[1]/a'), { recursive: true });
        writeFileSync(join(app, 'n[1]/.gitignore'), nested.join('\n'));
        for (const file of ['n[1]/a/b', 'n[1]/c.txt', 'n[1]/d.log']) writeFileSync(join(app, file), '');
        const git = (...args: string[]) => execFileSync('git', args, { cwd: app, encoding: 'utf8' });
        git('init', '-q');
        const kept = git('ls-files', '--others', '--exclude-per-directory=.gitignore', '-z')
          .split('\0')
          .filter(Boolean);
        expect((await names(app)).sort()).toEqual(kept.sort());
      }),
      { numRuns: 40, examples: [[[], ['a'], ['!a']]] },
    );
  }, 60_000);

  it('unpacks with tar: long names, modes and links included', async () => {
    const long = `${'folder/'.repeat(30)}ü.txt`;
    const app = folder({ 'run.sh': '#!/bin/sh', [long]: 'text', empty: '' });
    execFileSync('chmod', ['755', join(app, 'run.sh')]);
    symlinkSync('run.sh', join(app, 'start'));
    const archive = await packFolder(app, MB, () => undefined);
    const file = join(root, 'archive.tar.gz');
    writeFileSync(file, await archive.read().toArray().then(Buffer.concat));
    await archive.close();
    expect(archive.files).toBe(4);
    const listed = execFileSync('tar', ['-tvzf', file, '--quoting-style=literal'], {
      encoding: 'utf8',
      env: { LC_ALL: 'C.UTF-8' },
    });
    expect(listed).toMatch(/^-rwxr-xr-x .* run\.sh$/m);
    expect(listed).toMatch(/^lrw.* start -> run\.sh$/m);
    expect(listed).toContain(long);
  });

  it('is refused when empty or too large', async () => {
    await expect(packFolder(folder({}), MB, () => undefined)).rejects.toMatchObject({ kind: 'Invalid' });
    const large = folder({ noise: Array.from({ length: 20_000 }, () => Math.random()).join() });
    await expect(packFolder(large, 1_000, () => undefined)).rejects.toMatchObject({ kind: 'TooLarge' });
  });

  it('holds each file as it was when reading began, or fails and names the file that changed', async () => {
    const text = 'x'.repeat(4 * MB);
    const grows = folder({ a: '', z: text });
    const archive = await packFolder(grows, MB, (files) => files === 1 && appendFileSync(join(grows, 'z'), 'more'));
    await archive.close();
    // The files of this folder are shorter than they say.
    const shrinks = packFolder('/sys/devices/virtual/net/lo/statistics', MB, () => undefined);
    await expect(shrinks).rejects.toMatchObject({
      kind: 'Conflict',
      message: expect.stringContaining('changed while'),
    });
  });

  it('is sent again in full, to a new address each time, after a temporary failure of the store', async () => {
    const archive = await packFolder(folder({ a: 'text' }), MB, () => undefined);
    const sizes: number[] = [];
    const asked: object[] = [];
    const server = createServer(async (request, response) => {
      sizes.push(Buffer.concat(await request.toArray()).length);
      response.writeHead(sizes.length === 1 ? 503 : 200).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const upload = { id: 'upl', url, method: 'PUT' as const, headers: {}, maxBytes: MB, expiresAt: '' };
    const progress: number[] = [];
    const ask = async (described: object) => ({ ...upload, id: `upl-${asked.push(described)}` });
    const arrived = await putArchive(ask, archive, (sent) => progress.push(sent));
    const sha256 = createHash('sha256')
      .update(Buffer.concat(await archive.read().toArray()))
      .digest('hex');
    server.close();
    await archive.close();
    expect(sizes).toEqual([archive.bytes, archive.bytes]);
    expect(arrived.id).toBe('upl-2');
    expect(asked).toEqual(sizes.map((bytes) => ({ bytes, sha256 })));
    expect(progress.at(-1)).toBe(archive.bytes);
  });
});
