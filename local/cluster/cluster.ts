import { randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Principal } from '../kernel/iam.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { ClusterAuthenticator, ImagePuller, LogWriter } from '../kernel/ports.ts';
import type { Room } from '../kernel/resource.ts';
import { createAdmission } from './admission/admission.ts';
import { openAudit } from './api/audit.ts';
import { selfSigned } from './api/certificate.ts';
import { createHandler, createUpgrade } from './api/handler.ts';
import { type Listener, listen } from './api/listener.ts';
import { MASTERS } from './api/rbac.ts';
import type { Controller } from './controllers/controller.ts';
import { createCronJobController } from './controllers/cronjob.ts';
import { createDeploymentController } from './controllers/deployment.ts';
import { createEndpointsController } from './controllers/endpoints.ts';
import { createGarbageCollector } from './controllers/garbage.ts';
import { createGatewayController } from './controllers/gateway.ts';
import { createJobController } from './controllers/job.ts';
import { createNamespaceController } from './controllers/namespace.ts';
import { createReadinessController } from './controllers/readiness.ts';
import { createReplicaSetController } from './controllers/replicaset.ts';
import { createResourceQuotaController } from './controllers/resourcequota.ts';
import { createEventShipper } from './event-shipper.ts';
import { POD_METRICS } from './kinds/computed.ts';
import { NAMESPACES } from './kinds/core.ts';
import type { Kind } from './kinds/kind.ts';
import { createKubelet } from './kubelet/kubelet.ts';
import { createProxy } from './proxy/proxy.ts';
import { targetGroupBindings } from './proxy/target-groups.ts';
import { secretsAtRest } from './registry/at-rest.ts';
import { type Objects, openObjects } from './registry/objects.ts';
import { createRegistry, type Registry } from './registry/registry.ts';

export interface ClusterOptions {
  /** The user of a bearer token. The kubeconfig's admin token works too. */
  readonly authenticate: ClusterAuthenticator;
  readonly images: ImagePuller;
  readonly logs: LogWriter;
  /** The destination of containers' output, in streams `<namespace>/<pod>/<container>`. */
  readonly logGroup: () => string;
  /** How many lines a second of a replica are shipped. */
  readonly linesPerSecond: () => number;
  /** The principal under which the node writes logs. */
  readonly nodePrincipal: () => Principal;
  readonly timing?: ClusterTiming;
}

/** Times that a test shortens, in milliseconds; the defaults are those of Kubernetes. */
export interface ClusterTiming {
  /** The clock of CronJobs' schedules. */
  readonly now?: () => number;
  /** A Job's wait after its first failed pod. */
  readonly jobBackoffMs?: number;
  /** A container's wait after its second exit. */
  readonly crashBackoffMs?: number;
  /** How often the memory of containers is measured. */
  readonly memoryPeriodMs?: number;
}

/** The embedded cluster. It listens once it is started. */
export interface Cluster extends Room {
  /** The address of the API; https works there too, with `certificate`. Throws before the start. */
  server(): string;
  /** The certificate of the API's address, in PEM: the CA for clients. */
  readonly certificate: string;
  readonly objects: Objects;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const FIRST_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/**
 * The embedded Kubernetes: API, controllers, a node whose containers are processes, and the apps' proxy. Listens on `kernel.addresses.kubernetes` and
 * writes an admin's `kubeconfig` into the data folder. The start rejects when the port is taken.
 */
export function createCluster(kernel: Kernel, options: ClusterOptions): Cluster {
  const { dataDir, store } = kernel;
  const note = (line: string) => kernel.note(line);
  const objects = openObjects(store, secretsAtRest(dataDir));
  const registry = createRegistry(objects, createAdmission(objects));
  const identity = selfSigned();
  const adminToken = randomBytes(32).toString('base64url');
  const kubelet = createKubelet({ registry, store, dataDir, note, ...options });
  const eventShipper = createEventShipper({ objects, logs: options.logs, principal: options.nodePrincipal, note });
  const proxy = createProxy(objects, kernel.metrics);
  const { now, jobBackoffMs } = options.timing ?? {};
  const parts = { registry, note };
  const controllers: readonly Controller[] = [
    createDeploymentController(parts),
    createReplicaSetController(parts),
    createJobController({ ...parts, jobBackoffMs }),
    createCronJobController({ ...parts, now }),
    createResourceQuotaController(parts),
    createReadinessController(parts),
    createEndpointsController(parts),
    createGatewayController(parts),
    createNamespaceController(parts),
    createGarbageCollector(parts),
  ];
  const authenticate = withAdmin(options.authenticate, adminToken);
  const audit = openAudit(join(dataDir, 'cluster', 'audit.log'));
  const wrote = kernel.faults?.wrote;
  const { logs, commands } = kubelet;
  const computed = async (kind: Kind) => (kind === POD_METRICS ? kubelet.usage() : targetGroupBindings(objects));
  const api = { registry, authenticate, logs, commands, computed, audit, ...(wrote && { wrote }), note };
  const handler = { request: createHandler(api), upgrade: createUpgrade(api) };
  let listener: Listener | undefined;
  let unsubscribe: () => void = () => undefined;

  const server = () => {
    if (listener === undefined) throw new Error('the local cluster does not listen yet');
    return `http://127.0.0.1:${listener.port}`;
  };
  return {
    mounts: [proxy.mount],
    certificate: identity.certificate,
    objects,
    server,
    async start() {
      createNamespaces(registry);
      listener = await listen(Number(new URL(kernel.addresses.kubernetes).port), identity, handler, note);
      await writeKubeconfig(dataDir, listener.port, identity.certificate, adminToken);
      unsubscribe = objects.subscribe((change) => {
        for (const controller of controllers) controller.observe(change);
      });
      for (const controller of controllers) controller.resync();
      eventShipper.start();
      kubelet.start();
    },
    async stop() {
      unsubscribe();
      for (const controller of controllers) controller.stop();
      await Promise.all([kubelet.stop(), listener?.close(), proxy.stop()]);
      await eventShipper.stop();
    },
  };
}

function createNamespaces(registry: Registry): void {
  for (const name of FIRST_NAMESPACES) {
    if (registry.objects.get(NAMESPACES, undefined, name) !== undefined) continue;
    registry.create(NAMESPACES, undefined, { metadata: { name } }, { manager: 'kube-apiserver' });
  }
}

function withAdmin(others: ClusterAuthenticator, token: string): ClusterAuthenticator {
  const expected = Buffer.from(token);
  return {
    async authenticate(given) {
      const bytes = Buffer.from(given);
      const isAdmin = bytes.length === expected.length && timingSafeEqual(bytes, expected);
      return isAdmin ? { username: 'kubernetes-admin', groups: [MASTERS] } : others.authenticate(given);
    },
  };
}

/** An admin's kubeconfig, which only this user can read. The token ends with this process. */
async function writeKubeconfig(dataDir: string, port: number, certificate: string, token: string): Promise<void> {
  const name = 'gantry-local';
  const ca = Buffer.from(certificate).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': ca } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  await mkdir(dataDir, { recursive: true });
  const file = join(dataDir, 'kubeconfig');
  await writeFile(`${file}.new`, JSON.stringify(config, undefined, 2), { mode: 0o600 });
  await rename(`${file}.new`, file);
}
