import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Cluster, type ClusterTiming, createCluster } from '@gantry/local/cluster/cluster.ts';
import { ARCHITECTURE } from '@gantry/local/cluster/kubelet/images.ts';
import { createIam } from '@gantry/local/iam/iam.ts';
import { Meter } from '@gantry/local/kernel/meter.ts';
import type { ClusterUser, ImagePuller, LogLine, LogWriter, PulledImage } from '@gantry/local/kernel/ports.ts';
import { Store } from '@gantry/local/kernel/store.ts';
import { createMetrics, type MetricStore } from '@gantry/local/services/cloudwatch/metrics.ts';
import { createGuardedServer } from '@gantry/local/wire/server.ts';
import { removeWorkFolder } from '@gantry/local/work-folder.ts';
import { pack } from 'tar-stream';
import { patience } from '../../patience.ts';
import type { Api, Loose } from './api-answer.ts';
import { KUBECONFIG, startRealCluster, watchOf } from './real.ts';
import type { Stream } from './transcripts/connection.ts';

/** The users of the tests' tokens. */
export const USERS: Readonly<Record<string, ClusterUser>> = {
  admin: { username: 'admin', groups: ['system:masters'] },
  developer: { username: 'developer', groups: ['developers'] },
  deployer: { username: 'deployer', groups: ['gantry:deployers'] },
  /** Functions: the rest of their tokens is a signature. */
  'k8s-aws-v1': { username: 'function', groups: ['gantry:deployers'] },
};

export interface Entry {
  readonly name: string;
  readonly content?: string;
  readonly mode?: number;
  readonly type?: 'file' | 'directory' | 'symlink' | 'link' | 'fifo';
  readonly linkname?: string;
}

/** A gzipped tar with these entries, as a file of `folder`. */
export async function layerFile(folder: string, entries: readonly Entry[]): Promise<string> {
  const tar = pack();
  for (const { name, content = '', mode = 0o644, type = 'file', linkname } of entries) {
    tar.entry({ name, mode, type, ...(linkname === undefined ? {} : { linkname }) }, type === 'file' ? content : '');
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  const bytes = gzipSync(Buffer.concat(chunks));
  const file = join(folder, `${createHash('sha256').update(bytes).digest('hex')}.tar.gz`);
  writeFileSync(file, bytes);
  return file;
}

/** Images on disk, in place of a registry. */
interface ImageShelf extends ImagePuller {
  /**
   * Puts an image of one layer on the shelf and returns its reference. The image is for this machine's platform and not for root, unless `settings`
   * say otherwise.
   */
  add(entries: readonly Entry[], config: PulledImage['config']['config'], architecture?: string): Promise<string>;
}

function createShelf(folder: string): ImageShelf {
  const images = new Map<string, PulledImage>();
  return {
    async add(entries, own, architecture = ARCHITECTURE) {
      const config = { User: '1000', Labels: { 'dev.gantry.base': 'none' }, ...own };
      const layer = await layerFile(folder, entries);
      const digest = `sha256:${createHash('sha256')
        .update(JSON.stringify([layer, config, architecture]))
        .digest('hex')}`;
      images.set(digest, { digest, config: { architecture, os: 'linux', config }, layers: [layer] });
      return `registry.test/app@${digest}`;
    },
    async pull(reference) {
      const image = images.get(reference.slice(reference.indexOf('@') + 1));
      if (image === undefined) throw new Error(`${reference} is not in the registry`);
      return image;
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface TestCluster {
  readonly folder: string;
  readonly images: ImageShelf;
  readonly lines: { readonly group: string; readonly stream: string; readonly line: LogLine }[];
  cluster(): Cluster;
  /** The measurements since the last start. */
  metrics(): MetricStore;
  api: Api;
  /** Opens a watch as the administrator, at a path with its query. */
  watch(path: string, event: (event: Loose) => void): Promise<Stream>;
  /** Sends a request to an app at the front by its host name. */
  ask(
    host: string,
    path?: string,
    options?: { method?: string; body?: string; headers?: Record<string, string> },
  ): Promise<Answer>;
  frontPort(): number;
  /** Stops the cluster and starts it again from its data on disk. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** A cluster on free ports, over its own folder or over the folder of an earlier cluster. */
export async function startTestCluster(left?: string, timing: ClusterTiming = {}): Promise<TestCluster> {
  if (KUBECONFIG !== undefined) return startReal(KUBECONFIG);
  const folder = left ?? mkdtempSync(join(tmpdir(), 'gantry-cluster-'));
  const images = createShelf(folder);
  const lines: TestCluster['lines'] = [];
  const logs: LogWriter = {
    async write(group, stream, written) {
      for (const line of written) lines.push({ group, stream, line });
    },
  };
  let running = await boot(folder, images, logs, timing);
  const api: Api = async (method, path, body, { token = 'admin', type = 'application/json', headers = {} } = {}) => {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await fetch(`${running.cluster.server()}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': type, ...headers },
      ...(text === undefined ? {} : { body: text }),
    });
    const received = await answer.text();
    const isJson = answer.headers.get('content-type') === 'application/json';
    return { status: answer.status, body: isJson ? JSON.parse(received) : received };
  };
  return {
    folder,
    images,
    lines,
    api,
    watch: (path, event) => {
      const options = { headers: { authorization: 'Bearer admin' } };
      return watchOf({ server: running.cluster.server(), options }, path, event);
    },
    cluster: () => running.cluster,
    metrics: () => running.metrics,
    frontPort: () => running.port,
    ask: (host, path = '/', options = {}) => ask(running.port, host, path, options),
    async restart() {
      await running.stop();
      running = await boot(folder, images, logs, timing);
    },
    async stop() {
      await running.stop();
      removeWorkFolder(folder);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A real cluster in the place of the embedded one. It has no node here, no front and no restart. */
async function startReal(kubeconfig: string): Promise<TestCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-cluster-'));
  const real = await startRealCluster(kubeconfig, USERS);
  const missing = () => {
    throw new Error('only the embedded cluster has this: mark the test with embeddedOnly');
  };
  return {
    folder,
    images: createShelf(folder),
    lines: [],
    ...real,
    cluster: missing,
    metrics: missing,
    frontPort: missing,
    ask: missing,
    restart: missing,
    async stop() {
      await real.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function boot(folder: string, images: ImagePuller, logs: LogWriter, timing: ClusterTiming) {
  const store = new Store(join(folder, 'state.db'));
  const metrics = createMetrics();
  const kernel = {
    dataDir: folder,
    addresses: { front: '', aws: '', kubernetes: 'http://127.0.0.1:0' },
    iam: createIam(),
    meter: new Meter(),
    metrics,
    store,
    note: (line: string) => (process.env['CLUSTER_NOTES'] ? process.stderr.write(`${line}\n`) : undefined),
  };
  const cluster = createCluster(kernel, {
    authenticate: { authenticate: async (token) => USERS[token.replace(/\..*$/, '')] },
    images,
    logs,
    logGroup: () => '/gantry/apps',
    linesPerSecond: () => 1000,
    nodePrincipal: () => ({ kind: 'operator' }),
    timing,
  });
  await cluster.start();
  const front = await serveFront(cluster);
  const stop = async () => {
    await cluster.stop();
    front.closeAllConnections();
    await new Promise((resolve) => front.close(resolve));
    store.close();
  };
  return { cluster, port: (front.address() as AddressInfo).port, metrics, stop };
}

function serveFront(cluster: Cluster): Promise<Server> {
  const [mount] = cluster.mounts ?? [];
  const server = createGuardedServer(
    () => mount,
    (line) => console.error(line),
  );
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

function ask(
  port: number,
  host: string,
  path: string,
  { method = 'GET', body, headers = {} }: { method?: string; body?: string; headers?: Record<string, string> },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(
      { host: '127.0.0.1', port, path, method, agent: false, headers: { host, ...headers } },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            text: Buffer.concat(chunks).toString('utf8'),
            headers: answer.headers,
          }),
        );
      },
    );
    asking.on('error', reject);
    asking.end(body);
  });
}

/** Asks again until `done` holds; throws with the last value otherwise. */
export async function until<T>(look: () => Promise<T>, done: (seen: T) => boolean, ms = 15_000): Promise<T> {
  const deadline = Date.now() + patience(ms);
  for (;;) {
    const seen = await look();
    if (done(seen)) return seen;
    if (Date.now() > deadline)
      throw new Error(`still waiting for what did not come; last: ${JSON.stringify(seen)?.slice(0, 3000)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
