import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@gantry/client/client.ts';
import { redirectUrls } from '@gantry/contract/redirect-urls.ts';
import { type RunningCloud, startCloud } from '@gantry/local/cloud.ts';
import { signedInClient } from '@gantry/local/example/session.ts';
import { REGION } from '@gantry/local/kernel/kernel.ts';
import { type GitHubStandIn, startGitHub } from '../journeys/github.ts';
import { registerApp } from '../journeys/installation.ts';
import { freePort } from '../journeys/platform.ts';
import { patience } from '../patience.ts';

/** A platform of its own for one try, in this process. */
export interface Platform {
  readonly cloud: RunningCloud;
  /** A folder for what a scenario writes; removed with the platform. */
  readonly folder: string;
  /** A client of the API: the first owner's unless told. */
  signIn(email?: string, password?: string): Promise<Client>;
  /** An output of the stack of that topic. */
  output(topic: string, name: string): string;
  /** What an SDK client of the operator, who may do all, is made with. */
  readonly operator: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** GitHub, once asked for: its stand-in, whose App is registered with this platform. */
  github(): Promise<GitHubStandIn>;
  /** When the start began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** How long the start took: on a busy machine everything takes as much longer. */
  readonly startMs: number;
  /**
   * Sets how long something may take, in milliseconds, once a call was denied for want of the suspended statement: what does not
   * come to pass by then is taken not to. Without a denial everything may take a minute.
   */
  onceDenied(ms: number): void;
  /** A name for what a scenario makes, another one in each `without`, so that a scenario can be played again. */
  name(word: string): string;
  /** Does the work while a statement is out of force, by id. */
  without<T>(statement: string, work: () => Promise<T>): Promise<T>;
  /** How often a call was denied for want of the statement that is out of force. */
  denials(): number;
  /** Asks until the answer is something; throws `<what> did not come to pass` where it takes too long. */
  eventually<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T>;
  stop(): Promise<void>;
}

const START_MS = 60_000;
/** How long a platform with all of its permissions may take for one thing: only a broken one ever waits that long. */
const WHOLE_MS = patience(60_000);
const POLL_MS = 200;

const running = new Set<Platform>();

/** Stops every platform that runs, so that an interrupted program leaves none of its processes and folders behind. */
export async function stopPlatforms(): Promise<void> {
  await Promise.all([...running].map((platform) => platform.stop()));
}

/** Boots a platform in a folder of its own, without the statement `suspended` as if the template had none. */
export async function startPlatform(assembly: string, suspended?: string): Promise<Platform> {
  const startedAt = Date.now();
  const folder = mkdtempSync(join(tmpdir(), 'gantry-permissions-'));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  const cloud = await startCloud({
    assembly,
    dataDir: folder,
    port: await freePort(),
    note: () => undefined,
    suspended: suspended === undefined ? [] : [suspended],
    signal: AbortSignal.timeout(patience(START_MS)),
  }).catch((error: unknown) => {
    remove();
    throw error;
  });
  const { kernel, addresses, owner } = cloud;
  let [missing, deniedBefore, round] = [suspended, 0, 1];
  const denials = () => (missing === undefined ? 0 : (kernel.iam.missed().get(missing) ?? 0) - deniedBefore);
  let patienceMs = WHOLE_MS;
  let github: Promise<GitHubStandIn> | undefined;
  const platform: Platform = {
    cloud,
    startedAt,
    startMs: Date.now() - startedAt,
    name: (word) => (round === 1 ? word : `${word}-${round}`),
    async without(statement, work) {
      round += 1;
      [missing, deniedBefore] = [statement, kernel.iam.missed().get(statement) ?? 0];
      kernel.iam.suspend(statement, true);
      try {
        return await work();
      } finally {
        kernel.iam.suspend(statement, false);
        missing = undefined;
      }
    },
    denials,
    folder,
    signIn: (email = owner.email, password = owner.password) => signedInClient(addresses.front, email, password),
    output(topic, name) {
      const value = cloud.outputs[`gantry-local-${topic}`]?.[name];
      if (value === undefined) throw new Error(`stack ${topic} has no output ${name}`);
      return String(value);
    },
    operator: {
      endpoint: addresses.aws,
      region: REGION,
      credentials: { ...kernel.iam.credentials({ kind: 'operator' }) },
    },
    github() {
      github ??= startGitHub({ redirectUrls, webhooks: `${addresses.front}/webhooks/github` }).then(async (standIn) => {
        await registerApp(platform.operator, platform.output('source', 'GithubAppSecret'), standIn);
        return standIn;
      });
      return github;
    },
    onceDenied(ms) {
      patienceMs = Math.min(ms, WHOLE_MS);
    },
    async eventually(what, look) {
      const began = Date.now();
      let deniedAt: number | undefined;
      for (;;) {
        const seen = await look();
        if (seen !== undefined) return seen;
        const now = Date.now();
        if (denials() > 0) deniedAt ??= now;
        if (now - began > WHOLE_MS || (deniedAt !== undefined && now - deniedAt > patienceMs)) {
          throw new Error(`${what}: did not come to pass within ${((now - began) / 1000).toFixed(0)} s`);
        }
        await sleep(POLL_MS);
      }
    },
    async stop() {
      running.delete(platform);
      await cloud.stop();
      await (await github?.catch(() => undefined))?.stop();
      remove();
    },
  };
  running.add(platform);
  return platform;
}
