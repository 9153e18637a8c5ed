import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReleaseSpec } from '@gantry/cluster/spec.ts';
import { newId } from '@gantry/contract/ids.ts';
import { secretsAtRest } from '@gantry/local/cluster/registry/at-rest.ts';
import { createAdmission } from '../../../local/cluster/admission/admission.ts';
import type { ExecRequest, Executor } from '../../../local/cluster/api/exec-port.ts';
import { createHandler, createUpgrade } from '../../../local/cluster/api/handler.ts';
import type { LogRequest } from '../../../local/cluster/api/logs.ts';
import { createGatewayController } from '../../../local/cluster/controllers/gateway.ts';
import type { Pod } from '../../../local/cluster/model.ts';
import { openObjects } from '../../../local/cluster/registry/objects.ts';
import { createRegistry, type Registry } from '../../../local/cluster/registry/registry.ts';
import { Store } from '../../../local/kernel/store.ts';

/** A release of its own service, in its own environment. */
export function release(changes: Partial<ReleaseSpec> = {}): ReleaseSpec {
  return {
    teamId: newId('team'),
    projectId: newId('project'),
    environmentId: newId('environment'),
    serviceId: newId('service'),
    releaseId: newId('release'),
    generation: 1,
    kind: 'web',
    image: `registry.example/shop@sha256:${'a'.repeat(64)}`,
    port: 8080,
    variables: { GREETING: 'hello' },
    securityGroups: [],
    health: { path: null, timeoutSeconds: 30 },
    size: 'small',
    scaling: { minReplicas: 1, maxReplicas: 1 },
    replicas: 1,
    ...changes,
  };
}

export interface TestCluster {
  readonly registry: Registry;
  /** The presigned addresses in the tokens of the requests. */
  readonly identities: URL[];
  /** The groups of the caller. */
  groups: string[];
  /** The output of containers, by `previous` or not. */
  output: (request: LogRequest) => string[];
  /** Answers a request in the API's place by returning true. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Makes EKS say that the cluster does not exist. */
  gone: boolean;
  /** Runs commands in containers. */
  commands: Executor;
  /** Ends every connection and serves again on the same port. */
  interrupt(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The local cluster's API with only the Gateways' controller, and without nodes: the test plays the other parts. Sets
 * the variables with which functions find the cluster.
 */
export async function startCluster(): Promise<TestCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-core-live-'));
  const store = new Store(join(folder, 'state.db'));
  const objects = openObjects(store, secretsAtRest(folder));
  const registry = createRegistry(objects, createAdmission(objects));
  const identities: URL[] = [];
  const parts = {
    registry,
    authenticate: {
      async authenticate(token: string) {
        identities.push(new URL(Buffer.from(token.replace('k8s-aws-v1.', ''), 'base64url').toString()));
        return { username: 'function', groups: cluster.groups };
      },
    },
    logs: {
      async *read(_pod: Pod, _container: string, request: LogRequest) {
        for (const text of cluster.output(request)) yield { at: 0, text };
      },
    },
    commands: {
      start: (pod: Pod, container: string, asked: ExecRequest) => cluster.commands.start(pod, container, asked),
    },
    computed: async () => [],
    note: () => undefined,
  };
  const handle = createHandler(parts);
  const upgrade = createUpgrade(parts);
  const gateways = createGatewayController({ registry, note: () => undefined });
  const unsubscribe = objects.subscribe((change) => gateways.observe(change));
  const serve: RequestListener = (request, response) => {
    if (!cluster.intercept(request, response))
      void handle(request, response, new URL(request.url ?? '/', 'http://127.0.0.1'));
  };
  const serveApi = async (port: number) => {
    const server = await listen(port, serve);
    return server.on(
      'upgrade',
      (request, socket, head) => void upgrade(request, socket, head, new URL(request.url ?? '/', 'http://127.0.0.1')),
    );
  };
  let api = await serveApi(0);
  const aws = await serveEks(() => (cluster.gone ? undefined : addressOf(api)));
  const cluster: TestCluster = {
    registry,
    identities,
    groups: ['system:masters'],
    output: () => [],
    intercept: () => false,
    gone: false,
    commands: { start: () => undefined },
    async interrupt() {
      const { port } = api.address() as AddressInfo;
      await close(api);
      api = await serveApi(port);
    },
    async stop() {
      unsubscribe();
      gateways.stop();
      await close(api);
      await close(aws);
      store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return cluster;
}

/** EKS's description of the cluster, and the variables with which functions find it. */
export async function serveEks(endpoint: () => string | undefined): Promise<Server> {
  const aws = await listen(0, (_request, response) => {
    const address = endpoint();
    response.setHeader('content-type', 'application/json');
    if (address === undefined) response.writeHead(404, { 'x-amzn-errortype': 'ResourceNotFoundException' }).end('{}');
    else response.end(JSON.stringify({ cluster: { name: 'test', endpoint: address } }));
  });
  Object.assign(process.env, {
    AWS_REGION: 'xx-local-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_SESSION_TOKEN: 'session',
    AWS_ENDPOINT_URL: addressOf(aws),
    CLUSTER_NAME: 'test',
    LOAD_BALANCER_NETWORKS: '10.0.0.0/22,10.0.4.0/22',
    DATABASE_NETWORKS: '10.0.8.0/22',
    CLUSTER_SECURITY_GROUP: 'sg-0123456789abcdef0',
    DRAIN_SECONDS: '1',
  });
  return aws;
}

function listen(port: number, handle: RequestListener): Promise<Server> {
  const server = createServer(handle);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
