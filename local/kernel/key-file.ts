import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StartFailure } from '../failure.ts';

/** The file `name` of the folder for secret keys. It is apart from the data that the keys protect, so a copy without it is worthless. */
export function keyFile(dataDir: string, name: string): string {
  return join(dataDir, 'keys', name);
}

/** Reads a file of keys; empty without one. Throws a `StartFailure` when it cannot be read. `lost` names what a new start loses. */
export function readKeys<T>(path: string, lost: string): Map<string, T> {
  if (!existsSync(path)) return new Map();
  try {
    return new Map(Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, T>>));
  } catch (error) {
    const why = `The keys in ${path} cannot be read: ${(error as Error).message}.`;
    throw new StartFailure(`${why} Put the file back, or start over with --reset: ${lost}`);
  }
}

/** Replaces the whole file durably. Only this user can read it (folder 0700, file 0600). */
export function writeKeys<T>(path: string, keys: ReadonlyMap<string, T>): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const next = `${path}.next`;
  const file = openSync(next, 'w', 0o600);
  writeSync(file, JSON.stringify(Object.fromEntries(keys)));
  fsyncSync(file);
  closeSync(file);
  renameSync(next, path);
  const directory = openSync(folder, 'r');
  fsyncSync(directory);
  closeSync(directory);
}
