import { randomUUID } from 'node:crypto';
import { link, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { GantryError } from '@gantry/contract/errors.ts';
import { codeOf } from './files.ts';

/** An older lock is left over: no work under the lock takes longer, in milliseconds. */
const STALE_MS = 180_000;
const WAIT_MS = 30_000;

/**
 * Runs `work` while no other process on this machine holds the same lock file. A killed process's lock is taken over. Throws Unavailable after half a
 * minute of waiting, and the file system's error when the file cannot be created.
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + WAIT_MS;
  while (!(await acquire(file))) {
    if (Date.now() > deadline)
      throw new GantryError('Unavailable', `Another gantry command holds ${file}. Wait for it, or remove the file.`);
    await sleep(50);
  }
  try {
    return await work();
  } finally {
    await unlink(file).catch(() => undefined);
  }
}

async function acquire(file: string): Promise<boolean> {
  try {
    await writeFile(file, String(process.pid), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') {
      await takeOver(file);
      return false;
    }
    // On a full disk it may exist and be empty.
    await unlink(file).catch(() => undefined);
    throw error;
  }
}

/** Moves a dead process's lock away, and puts it back if another process was faster and owns it. */
async function takeOver(file: string): Promise<void> {
  if (!(await isLeftOver(file))) return;
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
    if (!(await isLeftOver(aside))) await link(aside, file);
  } catch {
    // Another process has moved it.
  } finally {
    await unlink(aside).catch(() => undefined);
  }
}

async function isLeftOver(file: string): Promise<boolean> {
  try {
    const pid = Number(await readFile(file, 'utf8'));
    if (Date.now() - (await stat(file)).mtimeMs > STALE_MS) return true;
    return Number.isInteger(pid) && pid > 0 && !isAlive(pid);
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
