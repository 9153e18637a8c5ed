import { join } from 'node:path';
import type { Client } from '@gantry/client/client.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { archiveOf } from '@gantry/local/example/archive.ts';
import { follow, type Target, upload } from '@gantry/local/example/deploy.ts';
import { z } from 'zod';
import { type Endpoints, newService } from '../journeys/platform.ts';

const SITE = join(import.meta.dirname, '../fixtures/apps/static-site');
const REMOVED_MS = 120_000;
const ALLOWANCE = 256 * 1024;
/** Data without a bound. Must not outlive its apps. */
export const OF_APPS = ['image registry', 'unpacked images', "apps' temporary files", 'builds under way'];
const Use = z.array(z.object({ name: z.string(), bytes: z.number(), limit: z.number().optional() }));

/** The size of each part of the platform's data, and the limit of each part that is bounded. */
export type DiskUse = z.infer<typeof Use>;

export async function diskOf({ aws, console: operator }: Endpoints): Promise<DiskUse> {
  const answer = await fetch(`${aws}/_local/disk`, { headers: { authorization: `Bearer ${operator.token}` } });
  return Use.parse(await answer.json());
}

/** The size of a part in bytes. Throws if no part has the name. */
export function bytesOf(use: DiskUse, part: string): number {
  const found = use.find(({ name }) => name === part);
  if (found === undefined) throw new Error(`nothing is said of ${part}`);
  return found.bytes;
}

/** Waits until the apps' data is no larger than before, with a tolerance of a quarter of a megabyte. Returns its size then. */
export async function settledDisk(endpoints: Endpoints, before: DiskUse, parts: readonly string[]): Promise<DiskUse> {
  const deadline = Date.now() + REMOVED_MS;
  for (;;) {
    const use = await diskOf(endpoints);
    const left = parts.filter((part) => bytesOf(use, part) - bytesOf(before, part) > ALLOWANCE);
    if (left.length === 0 || Date.now() > deadline) return use;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** Deploys this many releases of this many apps, each release with its own megabyte, calls `seen`, and removes the apps. */
export async function deployAndRemove(
  client: Client,
  apps: number,
  releases: number,
  seen: () => Promise<void>,
): Promise<void> {
  const slugs = Array.from({ length: apps }, (_, app) => `disk-${app}-${Date.now().toString(36)}`);
  const targets: Target[] = [];
  for (const slug of slugs) targets.push(await newService(client, slug));
  for (let release = 0; release < releases; release += 1) {
    const ends = targets.map(async (target, app) => {
      const own = Buffer.alloc(512 * 1024, `${app} ${release} ${Math.random()}`).toString();
      const { id } = await upload(client, target, await archiveOf(SITE, { 'notes.txt': own }));
      const { status, reason } = await follow(client, target, id, undefined, REMOVED_MS);
      if (status !== 'live') throw new Error(`a release of the benchmark's site is ${status}: ${reason?.detail}`);
    });
    await Promise.all(ends);
  }
  await seen();
  await Promise.all(targets.map((target, app) => removeProject(client, target, slugs[app] ?? '')));
}

async function removeProject(client: Client, { teamId, projectId }: Target, confirm: string): Promise<void> {
  const params = { teamId, projectId };
  await client('projects.delete', { params, query: { confirm } });
  for (const deadline = Date.now() + REMOVED_MS; Date.now() < deadline; ) {
    try {
      await client('projects.get', { params });
    } catch (error) {
      if (error instanceof GantryError && error.kind === 'NotFound') return;
      throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('a project is still being deleted');
}
