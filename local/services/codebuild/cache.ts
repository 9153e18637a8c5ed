import { renameSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { measure } from '../../disk.ts';

/** Folders of the cache whose entries are used one by one; anything else in it is one package manager's own. */
const SHELVES = ['installs', 'tools'];
const REMOVED = '.removed';
/** After an eviction there is room for a while: this share of the limit is kept. */
const KEPT_SHARE = 0.8;

/** Measuring a cache takes time, so it is not done more often. */
const EVERY_MS = 60_000;

/** A part of the cache that is kept or deleted as a whole. */
interface Unit {
  readonly path: string;
  readonly bytes: number;
  readonly used: number;
}

/** Keeps the cache of builds within a limit. */
export interface BuildCache {
  /** Deletes the longest unused entries when the cache is above its limit and no build runs. Never rejects. */
  trim(): Promise<void>;
}

export function createBuildCache(folder: string, limit: number, isBusy: () => boolean): BuildCache {
  /** Entries of shelves never change: each is measured once. */
  const sizes = new Map<string, number>();
  let trimming: Promise<void> | undefined;
  let trimmedAt = Number.NEGATIVE_INFINITY;

  const unitsOf = async (): Promise<Unit[]> => {
    const names = (await readdir(folder)).filter((name) => !name.startsWith(REMOVED));
    const units: Unit[] = [];
    for (const name of names) {
      if (!SHELVES.includes(name)) {
        const { bytes, changed } = await measure(join(folder, name));
        units.push({ path: join(folder, name), bytes, used: changed });
        continue;
      }
      for (const entry of await readdir(join(folder, name))) {
        const path = join(folder, name, entry);
        const bytes = sizes.get(path) ?? (await measure(path)).bytes;
        sizes.set(path, bytes);
        units.push({ path, bytes, used: (await stat(path)).mtimeMs });
      }
    }
    return units;
  };
  const trim = async (): Promise<void> => {
    for (const name of await readdir(folder))
      if (name.startsWith(REMOVED)) await rm(join(folder, name), { recursive: true, force: true });
    const units = await unitsOf();
    let held = units.reduce((sum, { bytes }) => sum + bytes, 0);
    if (held <= limit) return;
    for (const { path, bytes } of units.sort((a, b) => a.used - b.used)) {
      if (held <= limit * KEPT_SHARE) return;
      if (isBusy()) return;
      // In one turn with the check for running builds, so that no starting build finds half of an entry.
      const aside = join(folder, `${REMOVED}-${process.pid}-${sizes.size}`);
      renameSync(path, aside);
      sizes.delete(path);
      held -= bytes;
      await rm(aside, { recursive: true, force: true });
    }
  };
  return {
    trim() {
      if (trimming === undefined && performance.now() - trimmedAt < EVERY_MS) return Promise.resolve();
      trimmedAt = performance.now();
      trimming ??= trim()
        .catch(() => undefined)
        .finally(() => {
          trimming = undefined;
        });
      return trimming;
    },
  };
}
