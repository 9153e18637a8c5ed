import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../command.ts';
import type { BuildJob } from './engine.ts';

/** What an install left behind, under a key of all that it depends on. */
export interface InstallCache {
  /** Puts the installed folders in place. False where nothing is held. */
  restore(): Promise<boolean>;
  save(): Promise<void>;
}

/**
 * The cache of a plan's install, or undefined where an install may read any part of the source, or nothing keeps it. The key is made
 * of the commands, the runtime's version, the tool and every input's content: an unchanged lock file is not installed again. Whoever gave the
 * folder bounds it, by the time of an entry's last use.
 */
export async function installCache(job: BuildJob, version: string): Promise<InstallCache | undefined> {
  const { plan, root, cacheDir } = job;
  const [folder] = plan.dependencyFolders;
  if (cacheDir === undefined || folder === undefined || plan.installInputs.length === 0) return undefined;
  const hash = createHash('sha256');
  hash.update(
    JSON.stringify([1, plan.runtime.name, version, process.arch, plan.tools, plan.install, plan.dependencyFolders]),
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
      if ((await stat(held).catch(() => undefined)) === undefined) return false;
      await copy(held, join(root, folder));
      await utimes(held, new Date(), new Date());
      return true;
    },
    async save() {
      if ((await stat(join(root, folder)).catch(() => undefined)) === undefined) return;
      await mkdir(installed, { recursive: true });
      const making = join(installed, `.${process.pid}-${Date.now()}`);
      try {
        await copy(join(root, folder), making);
        await utimes(making, new Date(), new Date());
        await rename(making, held).catch(() => undefined);
      } finally {
        await rm(making, { recursive: true, force: true });
      }
    },
  };
}
