import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { takeFolder } from '../../local/folder.ts';
import { removeWorkFolder, visibleFrom, workFolder } from '../../local/work-folder.ts';
import { patience } from '../patience.ts';
import { until } from './cluster/harness.ts';

const CLONE = join(import.meta.dirname, '../..');
let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(CLONE, 'node_modules/.gantry-test-'));
});
afterEach(() => {
  removeWorkFolder(dataDir);
  rmSync(dataDir, { recursive: true, force: true });
});

describe('the folder of builds and images', () => {
  it('is outside of the clone, for its user alone, below no package folder, and has a short path', () => {
    const work = workFolder(dataDir);
    expect(work.startsWith(CLONE)).toBe(false);
    expect(visibleFrom(work)).toEqual([]);
    expect(statSync(work).mode & 0o777).toBe(0o700);
    expect(statSync(dirname(work)).mode & 0o777).toBe(0o700);
    expect(work.length).toBeLessThan(40);
    expect(visibleFrom(dataDir)).toContain(join(CLONE, 'node_modules'));
  });

  it('stays the same at the next start, and differs for a copy of the data folder', () => {
    const work = workFolder(dataDir);
    expect(workFolder(dataDir)).toBe(work);
    const copy = `${dataDir}-copy`;
    cpSync(dataDir, copy, { recursive: true });
    expect(workFolder(copy)).not.toBe(work);
    removeWorkFolder(copy);
    rmSync(copy, { recursive: true });
    expect(existsSync(work)).toBe(true);
  });

  it('is created again after a deletion', () => {
    rmSync(workFolder(dataDir), { recursive: true });
    expect(existsSync(workFolder(dataDir))).toBe(true);
  });

  it('is deleted by --reset, and by the next start of any platform once its data folder is gone', async () => {
    const path = mkdtempSync(join(tmpdir(), 'gantry-data-'));
    const folder = takeFolder(path);
    const first = workFolder(path);
    folder.reset();
    expect(existsSync(first)).toBe(false);
    const second = workFolder(path);
    folder.release();
    rmSync(path, { recursive: true });
    workFolder(dataDir);
    await until(
      async () => existsSync(second),
      (there) => !there,
      patience(5000),
    );
  });

  it('is never where another user could have planted it, nor where apps would find packages', () => {
    const place = (name: string) => join(dataDir, name);
    mkdirSync(place('open'), { mode: 0o777 });
    chmodSync(place('open'), 0o777);
    writeFileSync(place('file'), '');
    const seen = place('seen/inner');
    mkdirSync(seen, { recursive: true, mode: 0o700 });
    mkdirSync(place('seen/node_modules'));
    expect(() => workFolder(dataDir, [place('open'), place('file'), seen])).toThrow(
      /no folder for builds and apps[\s\S]*open: others may read or write it[\s\S]*file: [\s\S]*apps would see .*seen\/node_modules/,
    );
  });
});
