import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unpackLayer } from '@gantry/local/cluster/kubelet/unpack.ts';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Entry, layerFile } from './harness.ts';

let folder: string;
let root: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gantry-unpack-'));
  root = join(folder, 'root');
  mkdirSync(root);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function unpack(...layers: (readonly Entry[])[]): Promise<void> {
  for (const entries of layers) await unpackLayer(await layerFile(folder, entries), root);
}

const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe('an image layer', () => {
  it('unpacks with its files, folders, modes and links', async () => {
    await unpack([
      { name: 'app/', type: 'directory' },
      { name: 'app/run', content: 'go', mode: 0o4755 },
      { name: '/app/abs', content: 'inside' },
      { name: 'app/link', type: 'symlink', linkname: 'run' },
      { name: 'bin', type: 'symlink', linkname: '/app' },
      { name: 'app/hard', type: 'link', linkname: 'app/run' },
    ]);
    expect(read('app/link')).toBe('go');
    expect(read('bin/abs')).toBe('inside');
    expect(readlinkSync(join(root, 'bin'))).toBe('app');
    expect(read('app/hard')).toBe('go');
    expect(lstatSync(join(root, 'app/run')).mode & 0o7777).toBe(0o755);
  });

  it('deletes what its whiteouts name, and nothing that it wrote itself', async () => {
    await unpack(
      [
        { name: 'a/old', content: '1' },
        { name: 'a/kept', content: '1' },
        { name: 'b/x', content: '1' },
      ],
      [{ name: 'a/.wh.old' }, { name: 'b/new', content: '2' }, { name: 'b/.wh..wh..opq' }],
    );
    expect(['a/old', 'a/kept', 'b/x', 'b/new'].map((path) => existsSync(join(root, path)))).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });

  it.each<[string, readonly Entry[]]>([
    ['a path that leaves the root', [{ name: '../evil', content: 'x' }]],
    ['a link that leaves the root', [{ name: 'out', type: 'symlink', linkname: '../../etc' }]],
    ['a hard link to a file outside', [{ name: 'out', type: 'link', linkname: '../secret' }]],
    [
      'a link through links that add up to the outside',
      [
        { name: 'a/b/c/', type: 'directory' },
        { name: 'short', type: 'symlink', linkname: 'a/b/c' },
        { name: 'a/b/c/up', type: 'symlink', linkname: '../../../..' },
      ],
    ],
    ['a whiteout of the folder itself', [{ name: 'a/x', content: '1' }, { name: 'a/.wh...' }]],
    ['a named pipe', [{ name: 'pipe', type: 'fifo' }]],
  ])('with %s is refused', async (_, entries) => {
    await expect(unpack(entries)).rejects.toThrow(/^the image holds/);
    expect(existsSync(join(folder, 'evil'))).toBe(false);
  });
});
