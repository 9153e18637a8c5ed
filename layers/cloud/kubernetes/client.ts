import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { GantryError } from '@gantry/contract/errors.ts';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { createConfiguration } from '@kubernetes/client-node/dist/gen/configuration.js';
import type { RequestContext } from '@kubernetes/client-node/dist/gen/http/http.js';
import { ServerConfiguration } from '@kubernetes/client-node/dist/gen/servers.js';
import { KubernetesObjectApi } from '@kubernetes/client-node/dist/object.js';
import { clientDefaults } from '../client.ts';
import { environment } from '../environment.ts';
import { available } from '../failures.ts';
import { clusterTokens } from './token.ts';
import { currentWriter } from './writer.ts';

/** The time limit of one call, in milliseconds. It does not limit a watch, which ends by its own signal. */
const CALL_MS = 10_000;

/** A connection to one cluster, for the operations of this folder. */
export interface Connection {
  readonly config: KubeConfig;
  readonly objects: KubernetesObjectApi;
}

interface ClusterAddress {
  readonly server: string;
  /** The certificate authority, PEM in base64; absent where the address is plain http. */
  readonly caData?: string;
  readonly token: () => Promise<string>;
}

const eks = new EKSClient(clientDefaults);
let current: Promise<Connection> | undefined;

/** The connection to the stage's cluster, made once per cold start. A failure is not kept: the next call tries again. */
export function connection(): Promise<Connection> {
  current ??= find(environment('CLUSTER_NAME')).catch((error: unknown) => {
    current = undefined;
    throw error;
  });
  return current;
}

async function find(name: string): Promise<Connection> {
  const { cluster } = await available('EKS', () => eks.send(new DescribeClusterCommand({ name })));
  if (cluster?.endpoint === undefined) throw new Error(`EKS did not tell the address of cluster ${name}`);
  const caData = cluster.certificateAuthority?.data;
  return connect({
    server: cluster.endpoint,
    ...(caData !== undefined && { caData }),
    token: clusterTokens(name),
  });
}

/** Makes a connection to a cluster by its address, without a request yet. */
function connect({ server, caData, token }: ClusterAddress): Connection {
  const config = new KubeConfig();
  const plain = server.startsWith('http:');
  if (!plain && caData !== undefined) trust(caData);
  config.loadFromClusterAndUser(
    { name: 'cluster', server, skipTLSVerify: plain, ...(!plain && caData !== undefined && { caData }) },
    { name: 'function', authProvider: { name: 'token' } },
  );
  config.addAuthenticator({
    isAuthProvider: () => true,
    async applyAuthentication(_user, options) {
      options.headers = { ...options.headers, Authorization: `Bearer ${await token()}` };
    },
  });
  shareDispatcher(config);
  const configuration = createConfiguration({
    baseServer: new ServerConfiguration(server, {}),
    authMethods: { default: config },
    promiseMiddleware: [{ pre: limited, post: async (response) => response }],
  });
  return { config, objects: new KubernetesObjectApi(configuration) };
}

/** Adds the cluster's certificate authority to those that this process trusts; the fetch in bundles uses no others. */
function trust(caData: string): void {
  setDefaultCACertificates([...getCACertificates('default'), Buffer.from(caData, 'base64').toString('utf8')]);
}

async function limited(request: RequestContext): Promise<RequestContext> {
  const writer = currentWriter();
  const left = writer === undefined ? CALL_MS : writer.until - Date.now();
  if (left <= 0) throw new GantryError('Unavailable', 'The time to write to the cluster is over. Try again.');
  request.setSignal(AbortSignal.timeout(Math.min(CALL_MS, left)));
  request.setHeaderParam('User-Agent', writer === undefined ? 'gantry' : `gantry (${writer.name})`);
  return request;
}

/** The client makes a new connection pool for each request unless it is given one. Its hook for that is not in its types. */
function shareDispatcher(config: KubeConfig): void {
  const hook = config as unknown as { createDispatcher(...options: unknown[]): unknown };
  const create = hook.createDispatcher.bind(config);
  let shared: unknown;
  hook.createDispatcher = (...options) => {
    shared ??= create(...options);
    return shared;
  };
}
