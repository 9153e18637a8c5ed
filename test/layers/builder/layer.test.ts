import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, readFile, readlink, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { lineSplitter } from '../../../layers/builder/lines.ts';
import { layerPaths, writeLayer } from '../../../layers/builder/oci/layer.ts';
import { unpackSource } from '../../../layers/builder/source.ts';
import { temporaryFolder } from './peers.ts';

describe('an image layer', () => {
  it('holds files of any size, modes and links as the app sees them, and no excluded files', async () => {
    await using folder = await temporaryFolder();
    const [app, out] = [join(folder.path, 'root'), join(folder.path, 'out')];
    await mkdir(join(app, 'bin'), { recursive: true });
    await mkdir(join(app, '.git'));
    await mkdir(out);
    const large = randomBytes(1024 * 1024);
    await writeFile(join(app, 'large.bin'), large);
    await writeFile(join(app, 'bin/run'), '#!/bin/sh\n');
    await chmod(join(app, 'bin/run'), 0o700);
    await symlink(join(app, 'bin/run'), join(app, 'run'));

    const layer = await writeLayer(app, await layerPaths(app, new Set(['.git'])), join(folder.path, 'layer.tar.gz'));
    expect(layer.size).toBe((await lstat(layer.path)).size);
    await unpackSource(layer.path, out);
    expect(await readdir(join(out, 'app'))).toEqual(['bin', 'large.bin', 'run']);
    expect((await readFile(join(out, 'app/large.bin'))).equals(large)).toBe(true);
    expect((await lstat(join(out, 'app/bin/run'))).mode & 0o777).toBe(0o755);
    expect(await readlink(join(out, 'app/run'))).toBe('bin/run');
  });

  it('has the same digest for the same files, written at any time and in any order', async () => {
    await using folder = await temporaryFolder();
    const write = async (name: string, files: readonly string[]) => {
      const root = join(folder.path, name);
      await mkdir(join(root, 'a/b'), { recursive: true });
      for (const [index, file] of files.entries()) {
        await writeFile(join(root, file), file, { mode: index === 0 ? 0o600 : 0o644 });
        await utimes(join(root, file), index, index);
      }
      return writeLayer(root, await layerPaths(root, new Set()), join(folder.path, `${name}.tar.gz`));
    };
    const files = ['z', 'a/b/ä', 'a/b.txt', 'B', 'a/b/c'];
    const [one, two] = [await write('one', files), await write('two', files.toReversed())];
    expect([two.digest, two.diffId]).toEqual([one.digest, one.diffId]);
  });
});

describe('lines of output', () => {
  it('are complete, however the bytes arrive', () => {
    const lines: string[] = [];
    const splitter = lineSplitter((line) => lines.push(line));
    for (const byte of Buffer.from('first\r\nsécond\n\nlast')) splitter.write(Buffer.from([byte]));
    expect(lines).toEqual(['first', 'sécond', '']);
    splitter.end();
    expect(lines).toEqual(['first', 'sécond', '', 'last']);
  });
});
