import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Repository } from '../oci/registry.ts';
import type { BuildPlan } from '../plan.ts';
import { PHP_SERVER_PATH, PHP_SERVER_SOURCE } from '../providers/php-server.ts';
import { SERVER_PATH, SERVER_SOURCE, SETTINGS_PATH } from '../providers/static-server.ts';

/** One build, as an engine receives it. */
export interface BuildJob {
  /** The app's folder, unpacked for this build alone. The engine may change its files. */
  readonly root: string;
  /** An empty folder for the engine's own files. It is deleted after the build. */
  readonly scratch: string;
  readonly plan: BuildPlan;
  readonly repository: Repository;
  /** A folder for package managers' caches that outlives the build. Its content may vanish at any time. */
  readonly cacheDir?: string;
  /** The repository for BuildKit's cache, next to the image's own. */
  readonly cacheRepository?: string;
  /** The builder's own environment. An engine passes on as little of it as possible. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The app's own variables. Commands get them; no image holds them. */
  readonly variables: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
}

/** Runs a plan, pushes the image and returns its digest (`sha256:…`). */
export type Engine = (job: BuildJob) => Promise<string>;

/**
 * Adds the builder's own files to the app before its build. A static site gets the server and the server's settings;
 * the time of the server's file marks the start of the build. A PHP app gets the script that serves it. Other apps stay
 * as they are.
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
