import { join } from 'node:path';
import type { Client } from '@gantry/client/client.ts';
import { createClient } from '@gantry/client/client.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { ServiceSource } from '@gantry/contract/schemas/source.ts';
import { archiveOf } from '@gantry/local/example/archive.ts';
import { follow, type Target, upload } from '@gantry/local/example/deploy.ts';
import { signInAs } from '@gantry/local/example/session.ts';
import { z } from 'zod';
import { type Endpoints, newService, removeData, startPlatform, visit } from '../journeys/platform.ts';

/** The local cloud of most measurements, with a signed-in client and the operator's tools. */
export interface Bed {
  readonly endpoints: Endpoints;
  readonly client: Client;
  readonly token: string;
  readonly teamId: string;
  /** The meter's counts so far, by unit. */
  usage(): Promise<Counts>;
  /** How many calls each policy statement has allowed so far. */
  access(): Promise<Counts>;
  stop(): Promise<void>;
}

export type Counts = Readonly<Record<string, number>>;

export async function startBed(): Promise<Bed> {
  const platform = await startPlatform();
  const stop = async () => {
    await platform.stop();
    removeData(platform.dataDir);
  };
  try {
    return { ...(await signedIn(platform.endpoints)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function signedIn(endpoints: Endpoints): Promise<Omit<Bed, 'stop'>> {
  const { api, aws, owner, console: operator } = endpoints;
  const { accessToken } = await signInAs(api, owner.email, owner.password);
  const client = createClient({ baseUrl: api, token: () => accessToken });
  const { teams } = await client('session.get', {});
  const read = async (what: string): Promise<Counts> => {
    const answer = await fetch(`${aws}/_local/${what}`, { headers: { authorization: `Bearer ${operator.token}` } });
    return z.record(z.string(), z.number()).parse(await answer.json());
  };
  return {
    endpoints,
    client,
    token: accessToken,
    teamId: teams[0]?.team.id ?? '',
    usage: () => read('usage'),
    access: () => read('access'),
  };
}

/** The difference of two readings, without unchanged counts. */
export function counted(before: Counts, after: Counts): Counts {
  const differences = Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  return Object.fromEntries(differences.filter(([, difference]) => difference !== 0));
}

/** The app's folder. */
export const APP = join(import.meta.dirname, 'app');
/** The content that distinguishes this version. */
export const versionOf = (text: string) => ({ 'version.txt': `${text}\n` });

/**
 * How a version of the app is sent: does the unmeasured preparations, and returns a function that sends the version and returns its deployment's id.
 */
export type Delivery = (target: Target, text: string) => Promise<() => Promise<string>>;

/** A service that runs `test/bench/app`. */
export interface App {
  readonly target: Target;
  /** Sends a version and waits until it is live. */
  deploy(text: string): Promise<Deployed>;
  /**
   * Rolls back to the previous version and waits until the deployment has ended. Returns the milliseconds until the URL answered with that version,
   * and those of the app's boot.
   */
  rollBack(expected: string): Promise<{ readonly ms: number; readonly bootMs: number }>;
  url(): string;
}

export interface Deployed {
  readonly id: string;
  /** From sending until the URL answered with the version, in milliseconds. */
  readonly totalMs: number;
  /** The share of the app's own install and build, and of its boot until it listened. */
  readonly ownMs: number;
  /** Each step's duration, in milliseconds. */
  readonly steps: Readonly<Record<string, number>>;
}

/** An app from an upload, unless `source` says otherwise. */
export async function newApp(
  client: Client,
  slug: string,
  source?: ServiceSource,
  deliver: Delivery = uploading(client),
): Promise<App> {
  const target = await newService(client, slug, {}, source);
  let address = '';
  return {
    target,
    url: () => address,
    async deploy(text) {
      const send = await deliver(target, text);
      const began = performance.now();
      const id = await send();
      const end = followToLive(client, target, id);
      if (address === '') address = (await end).url ?? '';
      const bootMs = await answers(address, text, end);
      const totalMs = performance.now() - began;
      const { steps } = await end;
      const times = steps.map(({ name, startedAt, endedAt }) => [
        name,
        Date.parse(endedAt ?? startedAt) - Date.parse(startedAt),
      ]);
      return { id, totalMs, ownMs: bootMs + (await ownBuildMs(client, target, id)), steps: Object.fromEntries(times) };
    },
    async rollBack(expected) {
      const began = performance.now();
      const { id } = await client('deployments.rollback', { params: target, body: {} });
      const end = followToLive(client, target, id);
      const bootMs = await answers(address, expected, end);
      const ms = performance.now() - began;
      await end;
      return { ms, bootMs };
    },
  };
}

const uploading =
  (client: Client): Delivery =>
  async (target, text) => {
    const archive = await archiveOf(APP, versionOf(text));
    return async () => (await upload(client, target, archive)).id;
  };

async function followToLive(client: Client, target: Target, deploymentId: string): Promise<Deployment> {
  const end = await follow(client, target, deploymentId, undefined, 60_000);
  if (end.status === 'live') return end;
  throw new Error(`deployment ${deploymentId} of the benchmark's app is ${end.status}: ${end.reason?.detail}`);
}

const Answer = z.object({ version: z.string(), bootMs: z.number() });

/** Asks the app until it answers with the version, then returns its boot time. Ends soon after the end of the deployment in any case. */
async function answers(url: string, text: string, end: Promise<unknown>): Promise<number> {
  let deadline = Number.POSITIVE_INFINITY;
  end.then(
    () => (deadline = Date.now() + 5_000),
    () => (deadline = 0),
  );
  for (;;) {
    const { status, body } = await visit(url);
    const answer = status === 200 ? Answer.parse(JSON.parse(body)) : undefined;
    if (answer?.version === text) return answer.bootMs;
    if (Date.now() > deadline) throw new Error(`${url} does not answer with version ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The app's install and build print when they begin and end. */
async function ownBuildMs(client: Client, target: Target, deploymentId: string): Promise<number> {
  const { lines } = await client('logs.build', { params: { ...target, deploymentId }, query: {} });
  const at = (what: string) => {
    const found = lines.map((line) => line.text.match(`^own ${what} (\\d+)$`)?.[1]).find(Boolean);
    if (found === undefined) throw new Error(`the build of ${deploymentId} does not say when its own part ${what}`);
    return Number(found);
  };
  return at('ends') - at('begins');
}
