import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { workFolder } from './work-folder.ts';

const GB = 1024 ** 3;

/** The largest caches on disk, in bytes. Above the limit the longest unused entries are deleted; everything can be made again when needed. */
export const DISK_LIMITS = {
  /** Installed packages, package managers and their caches. */
  buildCache: 4 * GB,
  /** Unpacked images that a release names and no container runs: a rollback unpacks them again. */
  idleImages: 2 * GB,
  /** Lines of builds, apps and functions. */
  logs: 1 * GB,
} as const;

/** Parts of the work folder. Names are short, because paths of sockets must be. */
export const PARTS = { builds: 'b', images: 'i', homes: 'p', guards: 'g', buildCache: 'cache' } as const;

/** The disk use of one part of the local cloud, in bytes, and its limit if there is one. */
export interface DiskUse {
  readonly name: string;
  readonly bytes: number;
  readonly limit?: number;
}

/** The content of a data folder and its work folder, part by part. */
export async function diskUse(dataDir: string): Promise<readonly DiskUse[]> {
  const work = workFolder(dataDir);
  const part = async (name: string, paths: readonly string[], limit?: number): Promise<DiskUse> => {
    const sizes = await Promise.all(paths.map(async (path) => (await measure(path)).bytes));
    return { name, bytes: sizes.reduce((sum, each) => sum + each, 0), ...(limit !== undefined && { limit }) };
  };
  const names = await readdir(dataDir);
  const called = (...starts: string[]) =>
    names.filter((name) => starts.some((start) => name.startsWith(start))).map((name) => join(dataDir, name));
  return Promise.all([
    part('build cache', [join(work, PARTS.buildCache)], DISK_LIMITS.buildCache),
    part('builds under way', [join(work, PARTS.builds)]),
    part('unpacked images', [join(work, PARTS.images)]),
    part("apps' temporary files", [join(work, PARTS.homes)]),
    part('image registry', called('registry')),
    part('uploaded sources', called('s3')),
    part('logs', called('logs.db', 'pods'), DISK_LIMITS.logs),
    part('database and state', called('state.db', 'dynamodb.db', 'cluster')),
    part('databases of apps, and their last backups', called('database')),
  ]);
}

export interface Measured {
  readonly bytes: number;
  /** The last change of any content, in milliseconds since 1970. */
  readonly changed: number;
}

/** The size on disk of a file, or of a folder with its content. Links are not followed; vanishing files count as zero. */
export async function measure(path: string): Promise<Measured> {
  const info = await lstat(path).catch(() => undefined);
  if (info === undefined) return { bytes: 0, changed: 0 };
  let [bytes, changed] = [info.blocks * 512, info.mtimeMs];
  if (!info.isDirectory()) return { bytes, changed };
  for (const name of await readdir(path).catch(() => [])) {
    const inner = await measure(join(path, name));
    bytes += inner.bytes;
    changed = Math.max(changed, inner.changed);
  }
  return { bytes, changed };
}
