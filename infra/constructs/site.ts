import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';

/** The dashboard's sources, as patterns below the repository. */
const INPUTS = ['dashboard/**/*', 'layers/client/**/*', 'layers/contract/**/*', 'package-lock.json'];
const TIMEOUT_MS = 120_000;
/** The number of kept builds. */
const KEPT = 8;

/**
 * The folder of the built dashboard. Vite builds it when the sources have changed. Folders are named by the hash of the sources and appear complete.
 * Throws with Vite's last lines when the build fails.
 */
export function buildSite(root: string): string {
  const cache = join(root, '.cache/site');
  const directory = join(cache, hashOf(root));
  if (existsSync(join(directory, 'index.html'))) {
    const now = new Date();
    utimesSync(directory, now, now);
    return directory;
  }
  mkdirSync(cache, { recursive: true });
  const scratch = `${directory}.${process.pid}`;
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    // Parallel builds of one source use separate folders: with a shared one the lock would refuse the second.
    [vite, 'build', '--outDir', scratch, '--emptyOutDir', '--logLevel', 'warn', '--bypass-lock'],
    // The same build for every caller: a test runner's NODE_ENV would make React's development build.
    {
      cwd: join(root, 'dashboard'),
      env: { ...process.env, NODE_ENV: 'production' },
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
    },
  );
  if (status !== 0) {
    rmSync(scratch, { recursive: true, force: true });
    throw new Error(`The dashboard cannot be built. Correct dashboard/:\n${`${stdout}${stderr}`.trim().slice(-4000)}`);
  }
  try {
    renameSync(scratch, directory);
  } catch (error) {
    rmSync(scratch, { recursive: true, force: true });
    // Another synthesis may have put the same build there first.
    if (!existsSync(join(directory, 'index.html'))) throw error;
  }
  prune(cache);
  return directory;
}

function hashOf(root: string): string {
  const hash = createHash('sha256');
  const files = globSync(INPUTS, { cwd: root, exclude: (name) => name === 'node_modules' }).sort();
  for (const file of files) {
    const path = join(root, file);
    if (!statSync(path).isFile()) continue;
    const content = readFileSync(path);
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 32);
}

function prune(cache: string): void {
  const folders = readdirSync(cache)
    .map((entry) => join(cache, entry))
    .map((path) => ({ path, used: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.used - a.used);
  for (const { path } of folders.slice(KEPT)) rmSync(path, { recursive: true, force: true });
}
