import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { measure } from '../../../../local/disk.ts';
import { createBuildCache } from '../../../../local/services/codebuild/cache.ts';

const KB = 1024;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gantry-cache-'));
  add('installs/old', 1);
  add('installs/new', 4);
  add('tools/pnpm', 3);
  add('npm', 2);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** 100 KB, last used this many seconds after 1970. */
function add(path: string, used: number): void {
  mkdirSync(join(folder, path), { recursive: true });
  writeFileSync(join(folder, path, 'content'), Buffer.alloc(100 * KB, 1));
  for (const each of [join(folder, path, 'content'), join(folder, path)]) utimesSync(each, used, used);
}

const left = () =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('/content'))
    .sort();

describe('the build cache', () => {
  it('keeps everything within its limit', async () => {
    await createBuildCache(folder, 1000 * KB, () => false).trim();
    expect(left()).toHaveLength(4);
  });

  it('above its limit drops the entries that were unused longest, until there is room', async () => {
    await createBuildCache(folder, 300 * KB, () => false).trim();
    expect(left()).toEqual(['installs/new/content', 'tools/pnpm/content']);
    expect((await measure(folder)).bytes).toBeLessThanOrEqual(300 * KB);
  });

  it('drops nothing during a build', async () => {
    await createBuildCache(folder, 300 * KB, () => true).trim();
    expect(left()).toHaveLength(4);
  });
});
