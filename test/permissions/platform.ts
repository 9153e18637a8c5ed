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

/** The platform of one try, in this process. */
export interface Platform {
  readonly cloud: RunningCloud;
  /** A folder for a scenario's files; removed with the platform. */
  readonly folder: string;
  /** A client of the API, by default the first owner's. */
  signIn(email?: string, password?: string): Promise<Client>;
  /** An output of the stack of that topic. */
  output(topic: string, name: string): string;
  /** The settings of the operator's SDK clients, with all rights. */
  readonly operator: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** GitHub's stand-in, from its first use on; its App is registered with this platform. */
  github(): Promise<GitHubStandIn>;
  /** The time of the start, in milliseconds since 1970. */
  readonly startedAt: number;
  /** The duration of the start: on a busy machine all steps take longer by the same factor. */
  readonly startMs: number;
  /**
   * Sets the time limit of a step, in milliseconds, after the suspended statement was denied: a later result counts as none. Without a denial a step
   * may take a minute.
   */
  onceDenied(ms: number): void;
  /** A name for a scenario's objects, a new one in each `without`, so that a scenario can run again. */
  name(word: string): string;
  /** Does the work while a statement, by id, is not in force. */
  without<T>(statement: string, work: () => Promise<T>): Promise<T>;
  /** How often a call was denied because of the suspended statement. */
  denials(): number;
  /** Asks until the answer is defined. Throws `Timed out … <what>` after the time limit. */
  eventually<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T>;
  stop(): Promise<void>;
}

const START_MS = 60_000;
/** The limit for one step of a platform with all permissions: only a broken platform waits that long. */
const WHOLE_MS = patience(60_000);
const POLL_MS = 200;

const running = new Set<Platform>();

/** Stops every running platform, so that an interrupted program leaves no processes and folders behind. */
export async function stopPlatforms(): Promise<void> {
  await Promise.all([...running].map((platform) => platform.stop()));
}

/** Boots a platform in its own folder, without the statement `suspended`, as if it were not in the template. */
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
          throw new Error(`Timed out after ${((now - began) / 1000).toFixed(0)} s: ${what}`);
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
