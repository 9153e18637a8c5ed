import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Repository } from '../oci/registry.ts';
import type { BuildPlan } from '../plan.ts';
import { PHP_SERVER_PATH, PHP_SERVER_SOURCE } from '../providers/php-server.ts';
import { SERVER_PATH, SERVER_SOURCE, SETTINGS_PATH } from '../providers/static-server.ts';

/** One build, as an engine gets it. */
export interface BuildJob {
  /** The app's folder, unpacked for this build alone: the engine may change it. */
  readonly root: string;
  /** An empty folder for the engine's own files, removed after the build. */
  readonly scratch: string;
  readonly plan: BuildPlan;
  readonly repository: Repository;
  /** A folder that outlives the build, for package managers' caches; its content may vanish at any time. */
  readonly cacheDir?: string;
  /** The repository of BuildKit's cache, beside the image's own. */
  readonly cacheRepository?: string;
  /** The builder's own environment, of which an engine passes on the least it can. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The app's own variables: what its commands get, and no image. */
  readonly variables: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
}

/** Carries out a plan, pushes the image and returns its digest (`sha256:…`). */
export type Engine = (job: BuildJob) => Promise<string>;

/**
 * Writes the files that the builder adds to a static site, before its build: the server, whose time says when the build began, and the server's settings;
 * and to an app of PHP the script that serves it. Other apps stay as they are.
 */
export async function addServer({ root, plan }: BuildJob): Promise<void> {
  if (plan.start.includes(PHP_SERVER_PATH)) {
    const script = join(root, plan.folder, PHP_SERVER_PATH);
    await mkdir(dirname(script), { recursive: true });
    await writeFile(script, PHP_SERVER_SOURCE);
  }
  if (plan.site === undefined) return;
  await mkdir(dirname(join(root, SERVER_PATH)), { recursive: true });
  await writeFile(join(root, SERVER_PATH), SERVER_SOURCE);
  await writeFile(join(root, SETTINGS_PATH), JSON.stringify({ fallback: plan.site.fallback }));
}
