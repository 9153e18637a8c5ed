import { createHash, randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import type { Client } from '@gantry/client/client.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { pack } from 'tar-stream';

const POLL_MS = 1_000;
/** A first build waits for a machine, and a first pod waits for a node. */
const DEPLOYED_MS = 20 * 60_000;
/** The name of a new load balancer resolves only after minutes. */
const ANSWERED_MS = 10 * 60_000;
const REQUEST_MS = 10_000;
const ENDED = ['live', 'failed', 'superseded', 'cancelled', 'skipped', 'removed', 'rolled_back'];

/** The test app. It needs no package, and answers with a word that no other app knows. */
const APP = {
  'package.json': JSON.stringify({ name: 'smoke', version: '1.0.0', scripts: { start: 'node server.js' } }),
};

const server = (word: string) =>
  `require('node:http').createServer((_, response) => response.end('${word}')).listen(process.env.PORT);`;

export interface SmokeOptions {
  /** The host that gets the requests, instead of the app's name. */
  readonly host: string | undefined;
  /**
   * The host that gets the requests while the app's name does not resolve. A stage without a domain has no other way.
   */
  readonly loadBalancer: string;
  /** Whether the project stays. */
  readonly keep: boolean;
}

/**
 * Deploys a small app in a project of its own, waits until its public address answers, and removes the project. Returns
 * the address. Throws if a step fails or takes too long; the message names the step.
 */
export async function smokeTest(client: Client, options: SmokeOptions, tell: (line: string) => void): Promise<string> {
  const { teams } = await client('session.get', {});
  const teamId = teams[0]?.team.id;
  if (teamId === undefined) throw new Error('the token belongs to no team');
  const word = randomBytes(8).toString('hex');
  const slug = `smoke-${word.slice(0, 6)}`;
  const project = await client('projects.create', { params: { teamId }, body: { slug, name: 'Smoke test' } });
  const params = { teamId, projectId: project.id };
  try {
    const service = await client('services.create', { params, body: { slug: 'app', health: { path: '/' } } });
    const { items } = await client('environments.list', { params });
    const target = { ...params, serviceId: service.id, environmentId: items[0]?.id ?? '' };
    const archive = await archiveOf({ ...APP, 'server.js': server(word) });
    const uploadId = await upload(client, { ...params, serviceId: service.id }, archive);
    const { id } = await client('deployments.create', { params: target, body: { uploadId } });
    const url = await untilLive(() => client('deployments.get', { params: { ...target, deploymentId: id } }), tell);
    await untilAnswers(url, options, word);
    tell(`${url} answers`);
    return url;
  } finally {
    if (!options.keep) await client('projects.delete', { params, query: { confirm: slug } });
  }
}

async function upload(
  client: Client,
  params: { teamId: string; projectId: string; serviceId: string },
  archive: Buffer,
): Promise<string> {
  const body = { bytes: archive.length, sha256: createHash('sha256').update(archive).digest('hex') };
  const { id, url, method, headers } = await client('uploads.create', { params, body });
  const put = await fetch(url, { method, headers, body: new Uint8Array(archive), signal: AbortSignal.timeout(60_000) });
  if (!put.ok) throw new Error(`S3 refused the upload with ${put.status}`);
  return id;
}

async function untilLive(read: () => Promise<Deployment>, tell: (line: string) => void): Promise<string> {
  const told = new Set<string>();
  for (const deadline = Date.now() + DEPLOYED_MS; Date.now() < deadline; await sleep(POLL_MS)) {
    const { status, steps, url, reason } = await read();
    for (const step of steps.filter(({ name, endedAt }) => endedAt !== null && !told.has(name))) {
      told.add(step.name);
      tell(`${step.status === 'succeeded' ? '✓' : '✗'} ${step.name}`);
    }
    if (status === 'live' && url !== null) return url;
    if (ENDED.includes(status))
      throw new Error(`the deployment ended ${status}: ${reason?.detail ?? 'no reason given'}`);
  }
  throw new Error(`the deployment did not end within ${DEPLOYED_MS / 60_000} minutes`);
}

async function untilAnswers(url: string, { host, loadBalancer }: SmokeOptions, word: string): Promise<void> {
  const asked = new URL(url);
  let last = 'no answer';
  for (const deadline = Date.now() + ANSWERED_MS; Date.now() < deadline; await sleep(POLL_MS)) {
    const at = host ?? ((await isResolved(asked.hostname)) ? undefined : loadBalancer);
    last = await ask(asked, at).catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    if (last === word) return;
  }
  throw new Error(
    `${url} did not answer with the app's word within ${ANSWERED_MS / 60_000} minutes; the last was: ${last.slice(0, 200)}`,
  );
}

async function isResolved(name: string): Promise<boolean> {
  return lookup(name).then(
    () => true,
    () => false,
  );
}

/** Requests a page, from another host if one is given. The Host header keeps the app's name. */
function ask(url: URL, host: string | undefined): Promise<string> {
  const at = host === undefined ? url : new URL(`${url.protocol}//${host}`);
  const send = url.protocol === 'https:' ? secureRequest : request;
  return new Promise((resolve, reject) => {
    const options = {
      host: at.hostname,
      port: at.port || url.port,
      path: url.pathname,
      headers: { host: url.host },
      timeout: REQUEST_MS,
    };
    const sent = send(options, (response) => {
      buffer(response).then((bytes) => resolve(bytes.toString()), reject);
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')));
    sent.on('error', reject).end();
  });
}

async function archiveOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const tar = pack();
  const gzipped = buffer(tar.pipe(createGzip()));
  for (const [name, text] of Object.entries(files)) tar.entry({ name }, text);
  tar.finalize();
  return gzipped;
}
