import { randomUUID } from 'node:crypto';
import { link, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { GantryError } from '@gantry/contract/errors.ts';
import { codeOf } from './files.ts';

/** Longer than any work under the lock takes, in milliseconds: older is left over. */
const STALE_MS = 180_000;
const WAIT_MS = 30_000;

/**
 * Runs `work` while no other process on this machine does anything under the same lock file. One that a process left behind when it was
 * killed is taken over. Throws Unavailable after half a minute of waiting, and what the file system says where the file cannot be made.
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
    // On a full disk it may be there, and be empty.
    await unlink(file).catch(() => undefined);
    throw error;
  }
}

/** Moves a lock of a dead process away, and puts it back where it turns out to be that of another, who was faster. */
async function takeOver(file: string): Promise<void> {
  if (!(await isLeftOver(file))) return;
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
    if (!(await isLeftOver(aside))) await link(aside, file);
  } catch {
    // Somebody else has moved it.
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
