import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Running } from './admin.ts';
import { copyRunning, firstLog } from './copies.ts';

/** A copy of a server from which any later moment can be restored. */
interface Base {
  /** Its end, in milliseconds since 1970. */
  readonly at: number;
  readonly folder: string;
}

const DAY_MS = 24 * 3600_000;

/** A server's bases, oldest first. */
export function basesOf(folder: string): Base[] {
  const parent = join(folder, 'bases');
  const names = existsSync(parent) ? readdirSync(parent) : [];
  const times = names.flatMap((name) => (/^\d+$/.test(name) ? Number(name) : []));
  return times.toSorted((a, b) => a - b).map((at) => ({ at, folder: join(parent, String(at)) }));
}

/** The newest base that ended before a moment. Throws if there is none. */
export function baseBefore(folder: string, moment: number): Base {
  const found = basesOf(folder).findLast(({ at }) => at <= moment);
  if (found === undefined) throw new Error(`There is no base before ${new Date(moment).toISOString()}`);
  return found;
}

/**
 * Makes a base if the last one is a day old. Removes bases, and the log before them, that no moment of the kept days
 * needs.
 */
export async function keepBases(server: Running, days: number): Promise<void> {
  const newest = basesOf(server.folder).at(-1);
  if (newest === undefined || Date.now() - newest.at > DAY_MS) {
    const waiting = join(server.folder, 'bases', 'next');
    await copyRunning(server, waiting);
    renameSync(waiting, join(server.folder, 'bases', String(Date.now())));
  }
  const bases = basesOf(server.folder);
  const oldest = bases.findLast(({ at }) => at <= Date.now() - days * DAY_MS) ?? bases[0];
  if (oldest === undefined) return;
  for (const { at, folder } of bases) if (at < oldest.at) rmSync(folder, { recursive: true, force: true });
  const first = firstLog(readFileSync(join(oldest.folder, 'data', 'backup_label'), 'utf8'));
  const archive = join(server.folder, 'wal');
  for (const name of readdirSync(archive)) if (/^[0-9A-F]{24}$/.test(name) && name < first) rmSync(join(archive, name));
}
