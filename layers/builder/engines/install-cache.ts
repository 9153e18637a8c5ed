import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCommand } from '../command.ts';
import type { BuildJob } from './engine.ts';

const INVENTORY = 'inventory.txt';

/** The result of an install, under a key of everything that the install depends on. */
export interface InstallCache {
  /** Puts the installed folders in place. Answers false if the cache has no entry. */
  restore(): Promise<boolean>;
  save(): Promise<void>;
}

/**
 * The cache of a plan's install. It is undefined if the install may read any part of the source, or if there is no
 * cache folder. The key consists of the commands, the runtime's version, the tools and the content of every input: with
 * an unchanged lock file nothing is installed again. The owner of the folder bounds it, by the time of an entry's last
 * use.
 */
export async function installCache(job: BuildJob, version: string): Promise<InstallCache | undefined> {
  const { plan, root, cacheDir } = job;
  const folders = plan.dependencyFolders;
  if (cacheDir === undefined || folders.length === 0 || plan.installInputs.length === 0) return undefined;
  const hash = createHash('sha256');
  hash.update(
    JSON.stringify([2, plan.runtime.name, version, process.arch, plan.tools, plan.install, plan.dependencyFolders]),
  );
  for (const input of plan.installInputs) {
    const content = await readFile(join(root, input));
    hash.update(JSON.stringify([input, content.length])).update(content);
  }
  const installed = join(cacheDir, 'installs');
  const held = join(installed, hash.digest('hex'));
  const copy = (from: string, to: string) =>
    runCommand('the copy of installed packages', ['cp', '-a', from, to], {
      ...job,
      cwd: root,
      env: { PATH: job.environment.PATH ?? '/usr/bin:/bin' },
      onLine: job.print,
    });
  return {
    async restore() {
      const inventory = await readFile(join(held, INVENTORY), 'utf8').catch(() => undefined);
      if (inventory === undefined) return false;
      if (inventory !== (await inventoryOf(held))) {
        job.print('The cached packages are incomplete: installing them again');
        await rm(held, { recursive: true, force: true });
        return false;
      }
      for (const [index, folder] of folders.entries()) {
        if (!(await isThere(join(held, String(index))))) continue;
        await mkdir(dirname(join(root, folder)), { recursive: true });
        await copy(join(held, String(index)), join(root, folder));
      }
      await utimes(held, new Date(), new Date());
      return true;
    },
    async save() {
      await mkdir(installed, { recursive: true });
      const making = join(installed, `.${process.pid}-${Date.now()}`);
      try {
        await mkdir(making);
        for (const [index, folder] of folders.entries()) {
          if (await isThere(join(root, folder))) await copy(join(root, folder), join(making, String(index)));
        }
        await writeFile(join(making, INVENTORY), await inventoryOf(making));
        await utimes(making, new Date(), new Date());
        await rename(making, held).catch(() => undefined);
      } finally {
        await rm(making, { recursive: true, force: true });
      }
    },
  };
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** The number of files and links, and the number of bytes: an entry that lost a file differs. */
async function inventoryOf(folder: string): Promise<string> {
  let [files, bytes] = [0, 0];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory() || entry.name === INVENTORY) continue;
    files += 1;
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return `${files} files, ${bytes} bytes`;
}
