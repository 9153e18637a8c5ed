import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { walk } from '@gantry/cli/walk.ts';
import { packTar, packTree } from '@gantry/client/pack.ts';
import { type Found, treeOf, walkTree } from '@gantry/client/source-tree.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

type Files = Readonly<Record<string, string>>;

const tree = (files: Files) => treeOf(Object.entries(files).map(([path, text]) => [path, new Blob([text])] as const));

describe('a folder packed by a browser', () => {
  let root: string;

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'gantry-pack-'));
  });

  afterAll(() => rmSync(root, { recursive: true, force: true }));

  async function unpacked(archive: Blob): Promise<string> {
    const folder = mkdtempSync(join(root, 'unpacked-'));
    writeFileSync(`${folder}.tar.gz`, Buffer.from(await archive.arrayBuffer()));
    execFileSync('tar', ['-xzf', `${folder}.tar.gz`, '-C', folder]);
    return folder;
  }

  it('unpacks to the same files, with any names, and files that begin with #! are executable', async () => {
    const long = `${'deep/'.repeat(30)}${'n'.repeat(90)}.txt`;
    const files = {
      'a.txt': 'one',
      empty: '',
      [long]: 'two',
      'größe/日本.txt': 'three',
      mvnw: '#!/bin/sh\n',
      big: 'x'.repeat(1_000_000),
    };
    const { archive, files: count } = await packTree(tree(files));
    const folder = await unpacked(archive);
    for (const [path, text] of Object.entries(files)) expect(readFileSync(join(folder, path), 'utf8')).toBe(text);
    expect(count).toBe(6);
    expect(statSync(join(folder, 'mvnw')).mode & 0o777).toBe(0o755);
    expect(statSync(join(folder, 'a.txt')).mode & 0o111).toBe(0);
  });

  it('has the files that the command would upload, for any ignore files', async () => {
    const name = fc.constantFrom('a', 'b.log', 'lib', '.env', '.env.local', 'node_modules', '.git');
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    const line = fc.constantFrom(
      '*.log',
      '!b.log',
      '/lib',
      'a/',
      '!.env',
      'lib/*',
      '!lib/a',
      '# no',
      '',
      '**/a',
      'node_modules',
    );
    const ignoring = fc.array(line, { maxLength: 4 }).map((lines) => lines.join('\n'));
    const folder = fc.record({
      paths: fc.uniqueArray(path, { minLength: 1, maxLength: 8 }),
      ignored: fc.dictionary(
        fc.constantFrom('.gitignore', '.gantryignore', 'lib/.gitignore', 'a/.gantryignore'),
        ignoring,
      ),
    });
    await fc.assert(
      fc.asyncProperty(folder, async ({ paths, ignored }) => {
        const all: Record<string, string> = {};
        // A name is a file or a folder, never both.
        for (const each of [...paths, ...Object.keys(ignored)])
          if (!Object.keys(all).some((other) => other.startsWith(`${each}/`) || each.startsWith(`${other}/`)))
            all[each] = ignored[each] ?? '';
        const made = mkdtempSync(join(root, 'app-'));
        for (const [file, text] of Object.entries(all)) {
          mkdirSync(dirname(join(made, file)), { recursive: true });
          writeFileSync(join(made, file), text);
        }
        const byCommand: string[] = [];
        for await (const found of walk(made)) if (found.kind === 'file') byCommand.push(found.name);
        const byBrowser: Found[] = [];
        for await (const found of walkTree(tree(all))) byBrowser.push(found);
        expect(byBrowser.filter(({ kind }) => kind === 'file').map(({ path: file }) => file)).toEqual(byCommand);
      }),
      { numRuns: 60 },
    );
  });

  it('stays unchanged if it is an archive, and a plain tar is compressed', async () => {
    const { archive } = await packTree(tree({ 'a.txt': 'one' }));
    expect(await packTar(archive)).toBe(archive);
    const plain = await new Response(archive.stream().pipeThrough(new DecompressionStream('gzip'))).blob();
    expect(readFileSync(join(await unpacked(await packTar(plain)), 'a.txt'), 'utf8')).toBe('one');
  });

  it('is refused when nothing is left to upload, and names the secrets that were left out', async () => {
    await expect(packTree(tree({ '.env': 'A=1' }))).rejects.toMatchObject({ kind: 'Invalid' });
    expect((await packTree(tree({ '.env': 'A=1', a: '' }))).secrets).toEqual(['.env']);
  });
});
