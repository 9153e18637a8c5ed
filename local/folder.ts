import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StartFailure } from './failure.ts';
import { removeWorkFolder } from './work-folder.ts';

/** A data folder that no other process uses until `release`, or until this process ends, however that happens. */
export interface DataFolder {
  readonly path: string;
  /** Deletes everything in the folder but the lock. */
  reset(): void;
  release(): void;
}

const LOCK = 'lock.db';

/**
 * Takes a data folder, and creates a missing one. The lock is the operating system's, held through SQLite, so a killed process leaves none behind.
 * Throws a `StartFailure` when another instance has the folder, when it is not writable, or when it holds foreign files: `--reset` empties the
 * folders that this function accepts.
 */
export function takeFolder(path: string): DataFolder {
  makeFolder(path);
  const lockPath = join(path, LOCK);
  const entries = readdirSync(path);
  if (entries.length > 0 && !entries.includes(LOCK) && !entries.includes('state.db')) {
    throw new StartFailure(
      `The folder ${path} holds files that are not Gantry's. Give a new or empty one with --data-dir.`,
    );
  }
  const lock = takeLock(path, lockPath);
  return {
    path,
    reset() {
      removeWorkFolder(path);
      for (const entry of readdirSync(path)) {
        if (!entry.startsWith(LOCK)) rmSync(join(path, entry), { recursive: true, force: true });
      }
    },
    release: () => lock.close(),
  };
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StartFailure(
      `The data folder ${path} cannot be made: ${(error as Error).message}. Give another with --data-dir.`,
    );
  }
}

function takeLock(path: string, lockPath: string): DatabaseSync {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(lockPath);
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    const message = (error as Error).message;
    throw new StartFailure(
      message.includes('locked')
        ? `Another instance uses ${path}. Stop it, or give this one a folder of its own with --data-dir.`
        : `The data folder ${path} is damaged: ${LOCK}: ${message}. Start over with --reset, or give another with --data-dir.`,
    );
  }
}
