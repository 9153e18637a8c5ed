import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@gantry/client/client.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { archiveOf } from '@gantry/local/example/archive.ts';
import { putArchive, type Target } from '@gantry/local/example/deploy.ts';
import { type FaultPlan, KILLED } from '@gantry/local/kernel/faults.ts';
import { z } from 'zod';
import { answering, app, developer } from '../journeys/developer.ts';
import { newService, type Platform, removeData, startPlatform } from '../journeys/platform.ts';
import { patience } from '../patience.ts';
import { processesOf } from './processes.ts';

const Report = z.object({ writes: z.array(z.string()), befallen: z.array(z.number()), held: z.number() });

/** A running platform and a client of it. */
export interface Bed {
  readonly platform: Platform;
  readonly client: Client;
}

/** A service with two releases, `zero` and then `one`, which is live. */
export interface Served {
  readonly target: Target;
  readonly url: string;
  readonly zero: Deployment;
  readonly one: Deployment;
}

const begun = new Set<string>();

/** Stops all platforms that were started here with their leftovers, and deletes their folders. */
export function endAll(): void {
  for (const { pid } of [...begun].flatMap(processesOf)) process.kill(pid, 'SIGKILL');
  for (const dataDir of begun) removeData(dataDir);
}

export async function startBed(dataDir: string, port: number): Promise<Bed> {
  begun.add(dataDir);
  const platform = await startPlatform({ dataDir, port });
  return { platform, client: await platform.client() };
}

/** A service whose new releases get half of the traffic first, so that a test can look at split traffic. */
export async function serve({ client }: Bed, slug: string): Promise<Served> {
  const ada = developer(client);
  const target = await newService(client, slug, { timeoutSeconds: 20 });
  await ada.configure(target, { release: { weights: [50, 100], bakeSeconds: 0, patienceMinutes: 0 } });
  const zero = await ada.deploy(target, answering('zero'));
  const one = await ada.deploy(target, answering('one'));
  if (one.status !== 'live' || one.url === null) throw new Error(`one ended ${one.status}: ${one.reason?.detail}`);
  return { target, url: one.url, zero, one };
}

/** Uploads an app; returns the id with which its deployment is requested. */
export async function uploadApp({ client }: Bed, { target }: Served, files: Record<string, string>): Promise<string> {
  return putArchive(client, target, await archiveOf(app, files));
}

/** Sets the planned faults. */
export async function plan({ platform }: Pick<Bed, 'platform'>, faults: FaultPlan): Promise<void> {
  const answer = await operate(platform, { method: 'POST', body: JSON.stringify(faults) });
  if (!answer.ok) throw new Error(`the plan was refused: ${await answer.text()}`);
}

/** The writes since the last plan. */
export async function report({ platform }: Pick<Bed, 'platform'>) {
  return Report.parse(await (await operate(platform, {})).json());
}

function operate({ endpoints }: Platform, init: RequestInit): Promise<Response> {
  const headers = { authorization: `Bearer ${endpoints.console.token}` };
  return fetch(`${endpoints.aws}/_local/faults`, { ...init, headers, signal: AbortSignal.timeout(patience(10_000)) });
}

/** The writes until a plan killed the platform; undefined if it is alive after `ms`. */
export async function killed({ platform }: Bed, ms: number): Promise<string[] | undefined> {
  const { process: child, dataDir } = platform;
  if (child.signalCode === null) {
    const over = AbortSignal.timeout(patience(ms));
    await once(child, 'exit', { signal: over }).catch((error: unknown) => {
      if (!over.aborted) throw error;
    });
  }
  const file = join(dataDir, KILLED);
  if (!existsSync(file)) return undefined;
  const { writes } = Report.parse(JSON.parse(readFileSync(file, 'utf8')));
  rmSync(file);
  return writes;
}

/** The newest deployments of a service, newest first. */
export async function deploymentsOf({ client }: Bed, { target }: Served): Promise<Deployment[]> {
  return (await client('deployments.list', { params: target, query: { limit: '20' } })).items;
}
