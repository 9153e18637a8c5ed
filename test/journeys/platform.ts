import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { Client } from '@gantry/client/client.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import type { ServiceSource } from '@gantry/contract/schemas/source.ts';
import type { Target } from '@gantry/local/example/deploy.ts';
import { signedInClient } from '@gantry/local/example/session.ts';
import { removeWorkFolder } from '@gantry/local/work-folder.ts';
import { z } from 'zod';
import { patience, slowness } from '../patience.ts';
import { until } from '../until.ts';
import { letGo, watchOver } from '../warden.ts';

const root = join(import.meta.dirname, '../..');

/** The file of `npm start` for its user's tools. */
const Endpoints = z.object({
  api: z.url(),
  aws: z.url(),
  kubernetes: z.url(),
  apps: z.string(),
  owner: z.object({ email: z.string(), password: z.string() }),
  console: z.object({ token: z.string() }),
  region: z.string(),
  credentials: z.object({ accessKeyId: z.string(), secretAccessKey: z.string(), sessionToken: z.string() }),
  outputs: z.record(z.string(), z.record(z.string(), z.string())),
});
export type Endpoints = z.infer<typeof Endpoints>;

/** Gantry on this machine, started as a user starts it. */
export interface Platform {
  readonly endpoints: Endpoints;
  readonly dataDir: string;
  readonly process: ChildProcess;
  readonly output: () => string;
  /** A client signed in as the first owner. */
  client(): Promise<Client>;
  /** Ctrl-C; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** `kill -9`. */
  kill(): Promise<void>;
}

const READY_MS = patience(60_000);

/** A folder for one platform's state; delete it with `removeData`. */
export function newDataDir(): string {
  return join(mkdtempSync(join(tmpdir(), 'gantry-journey-')), 'data');
}

export function removeData(dataDir: string): void {
  removeWorkFolder(dataDir);
  rmSync(join(dataDir, '..'), { recursive: true, force: true });
}

const launched = new Set<ChildProcess>();

/** Stops everything that a failed test left running. */
export function killLaunched(): void {
  for (const child of launched) child.kill('SIGKILL');
}

/** Starts the command and does not wait for it to be ready. */
export function launch(dataDir: string, port: number, ...flags: readonly string[]) {
  const child = spawn(process.execPath, ['local/main.ts', '--data-dir', dataDir, '--port', String(port), ...flags], {
    cwd: root,
    // Code that one platform compiled can be reused by the next.
    env: { ...process.env, NODE_COMPILE_CACHE: join(root, '.cache/compiled') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  launched.add(child);
  // A killed suite leaves no platform behind, and a stopped platform leaves no apps.
  const { pid } = child;
  if (pid !== undefined) watchOver(pid);
  child.once('exit', () => {
    launched.delete(child);
    if (pid !== undefined) letGo(pid);
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, output: () => output };
}

export async function startPlatform({
  dataDir = newDataDir(),
  port,
  flags = ['--empty'],
}: {
  dataDir?: string;
  port?: number;
  flags?: readonly string[];
} = {}): Promise<Platform> {
  const file = join(dataDir, 'endpoints.json');
  rmSync(file, { force: true });
  const { child, output } = launch(dataDir, port ?? (await freePort()), ...flags);
  const deadline = Date.now() + READY_MS;
  while (!existsSync(file)) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`npm start ended:\n${output()}`);
    if (Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`npm start was not ready in time:\n${output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const endpoints = readEndpoints(file, child);
  const ended = once(child, 'exit');
  return {
    endpoints,
    dataDir,
    process: child,
    output,
    client: () => signedInClient(endpoints.api, endpoints.owner.email, endpoints.owner.password),
    async stop() {
      child.kill('SIGINT');
      await ended;
      return child.exitCode;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function readEndpoints(file: string, child: ChildProcess): Endpoints {
  try {
    return Endpoints.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

/** The first of three free ports in a row, below the ports of pods and the system's own. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = 10_000 + 4 * Math.floor(Math.random() * 2_500);
    const free = await Promise.all([0, 1, 2].map((offset) => isFree(port + offset)));
    if (free.every(Boolean)) return port;
  }
  throw new Error('no three free ports in a row');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/** A new project with one service, of uploads unless a source is given. */
export async function newService(
  client: Client,
  slug: string,
  health: { path?: string; timeoutSeconds?: number } = {},
  source: ServiceSource = { kind: 'upload' },
): Promise<Target> {
  const { teams } = await client('session.get', {});
  const teamId = teams[0]?.team.id ?? '';
  const project = await client('projects.create', { params: { teamId }, body: { slug } });
  const params = { teamId, projectId: project.id };
  const service = await client('services.create', { params, body: { slug: 'web', health: patient(health), source } });
  const { items } = await client('environments.list', { params });
  return { ...params, serviceId: service.id, environmentId: items[0]?.id ?? '' };
}

/** The most that the contract allows. */
const LONGEST_START_SECONDS = 540;

/** An app needs longer to start on a slower machine. */
function patient<T extends { timeoutSeconds?: number }>(health: T): T {
  if (health.timeoutSeconds === undefined) return health;
  return { ...health, timeoutSeconds: Math.min(Math.ceil(health.timeoutSeconds * slowness), LONGEST_START_SECONDS) };
}

/** A request to an app by its URL, sent to loopback, because not every resolver knows `*.localhost`. */
export async function visit(
  url: string,
  path = '/',
  timeoutMs = patience(10_000),
): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(url);
  const answer = Promise.withResolvers<{ status: number; body: string }>();
  const outgoing = request(
    { host: '127.0.0.1', port, path, headers: { host: `${hostname}:${port}` }, timeout: timeoutMs },
    (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => answer.resolve({ status: response.statusCode ?? 0, body }));
    },
  );
  outgoing.on('timeout', () => outgoing.destroy(new Error(`${url} did not answer in time`)));
  outgoing.on('error', answer.reject);
  outgoing.end();
  return answer.promise;
}

/** Waits until something holds. */
export async function eventually(what: string, holds: () => boolean, ms = 10_000): Promise<void> {
  await until(what, holds, ms);
}

/** The log lines of a function in a trace, as an operator finds them. `entry` is the function's file, `deploy/prepare`. */
export async function loggedBy({ endpoints }: Platform, entry: string, traceId: string) {
  const { aws: endpoint, region, credentials } = endpoints;
  const logs = new CloudWatchLogsClient({ endpoint, region, credentials });
  const query = { logGroupName: `/gantry/local/functions/${entry}`, filterPattern: `"${traceId}"` };
  const { events = [] } = await logs.send(new FilterLogEventsCommand(query));
  logs.destroy();
  return events.map(({ message = '' }) => JSON.parse(message.slice(message.indexOf('{'))) as Record<string, unknown>);
}

/** A line in the API server's audit log of writes. */
export interface AuditLine {
  readonly verb: string;
  readonly userAgent: string;
  readonly objectRef: { readonly resource: string; readonly namespace?: string; readonly name?: string };
  readonly responseStatus: { readonly code: number };
}

/** The writes of functions to the cluster in an environment, in order. */
export function auditOf({ dataDir }: Platform, { environmentId }: Target): AuditLine[] {
  const namespace = toKubernetesName(environmentId);
  return readFileSync(join(dataDir, 'cluster', 'audit.log'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditLine)
    .filter((line) => line.objectRef.namespace === namespace);
}

/** The generation behind a write; undefined when no deployment was behind it. */
export function generationOf({ userAgent }: AuditLine): number | undefined {
  const [, generation] = userAgent.match(/generation (\d+)/) ?? [];
  return generation === undefined ? undefined : Number(generation);
}

/** An operator's request to the API server; returns the answer. Throws when it is refused. */
export async function cluster(
  { endpoints, dataDir }: Platform,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const kubeconfig = readFileSync(join(dataDir, 'kubeconfig'), 'utf8');
  const [, token = ''] = /"token": "([^"]+)"/.exec(kubeconfig) ?? [];
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const answer = await fetch(`${endpoints.kubernetes}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': type },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

const KINDS = [
  'api/v1:pods',
  'api/v1:services',
  'apis/apps/v1:deployments',
  'apis/apps/v1:replicasets',
  'apis/batch/v1:jobs',
];

/** The names of all workloads in a target's environment. */
export async function workloadsIn(platform: Platform, { environmentId }: Target): Promise<string[]> {
  const namespace = toKubernetesName(environmentId);
  const lists = await Promise.all(
    KINDS.map(async (kind) => {
      const [group, plural] = kind.split(':');
      const list = await cluster(platform, 'GET', `/${group}/namespaces/${namespace}/${plural}`);
      return Names.parse(list).items.map(({ metadata }) => `${plural} ${metadata.name}`);
    }),
  );
  return lists.flat();
}

const Names = z.object({ items: z.array(z.object({ metadata: z.object({ name: z.string() }) })) });
