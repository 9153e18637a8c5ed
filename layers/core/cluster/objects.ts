import type {
  BackendRef,
  Container,
  Deployment,
  HttpRoute,
  KubernetesService,
  Namespace,
  Probe,
  Secret,
  ServiceAccount,
} from '@gantry/cloud/kubernetes/types.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import {
  environmentLabels,
  GATEWAY,
  GENERATION,
  SERVICE_PORT,
  type ServiceIds,
  SYSTEM_NAMESPACE,
  serviceLabels,
} from './names.ts';

/** What a release runs: one image by digest and one snapshot of configuration. */
export interface ReleaseSpec extends ServiceIds {
  readonly releaseId: string;
  /** Rises with each deployment of the service in the environment; a route written by a newer one is left alone. */
  readonly generation: number;
  /** `<repository>@sha256:<digest>` */
  readonly image: string;
  /** What the app gets as `PORT`. */
  readonly port: number;
  /** What a shell of the image runs; the image's own command where absent. */
  readonly startCommand?: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly health: { readonly path: string | null; readonly timeoutSeconds: number };
  readonly replicas: number;
}

/** The service account of every app: it has no rights, and no pod mounts its token. */
const SERVICE_ACCOUNT = 'app';
/** A pod that is told to stop keeps serving for so long, because load balancers learn of it late. */
const PRE_STOP_SECONDS = 5;
/** How long an app may take to stop after SIGTERM, in seconds, the wait before it included. */
const GRACE_SECONDS = 30;
const PROBE_PERIOD_SECONDS = 1;

export type ReleaseObjects = readonly [Namespace, ServiceAccount, Secret, Deployment, KubernetesService];

/** A release's objects, in an order in which they may be applied. */
export function releaseObjects(spec: ReleaseSpec): ReleaseObjects {
  return [namespaceOf(spec), serviceAccountOf(spec), secretOf(spec), deploymentOf(spec), serviceOf(spec)];
}

/** An environment's namespace. It refuses pods that are not restricted: https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
function namespaceOf(spec: ReleaseSpec): Namespace {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: toKubernetesName(spec.environmentId),
      labels: { ...environmentLabels(spec), 'pod-security.kubernetes.io/enforce': 'restricted' },
    },
  };
}

function serviceAccountOf(spec: ReleaseSpec): ServiceAccount {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: {
      name: SERVICE_ACCOUNT,
      namespace: toKubernetesName(spec.environmentId),
      labels: environmentLabels(spec),
    },
    automountServiceAccountToken: false,
  };
}

function releaseLabels(spec: ReleaseSpec): Record<string, string> {
  return { ...serviceLabels(spec), 'gantry.dev/release': spec.releaseId };
}

function releaseMetadata(spec: ReleaseSpec) {
  return {
    name: toKubernetesName(spec.releaseId),
    namespace: toKubernetesName(spec.environmentId),
    labels: releaseLabels(spec),
    annotations: { [GENERATION]: String(spec.generation) },
  };
}

function secretOf(spec: ReleaseSpec): Secret {
  const entries = Object.entries(spec.variables).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: releaseMetadata(spec),
    type: 'Opaque',
    data: Object.fromEntries(entries),
  };
}

function deploymentOf(spec: ReleaseSpec): Deployment {
  const metadata = releaseMetadata(spec);
  const selector = { 'gantry.dev/release': spec.releaseId };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      replicas: spec.replicas,
      revisionHistoryLimit: 0,
      selector: { matchLabels: selector },
      template: {
        metadata: { labels: metadata.labels, annotations: metadata.annotations },
        spec: {
          serviceAccountName: SERVICE_ACCOUNT,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: GRACE_SECONDS,
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [containerOf(spec)],
        },
      },
    },
  };
}

function containerOf(spec: ReleaseSpec): Container {
  const check = checkOf(spec);
  return {
    name: toKubernetesName(spec.serviceId),
    image: spec.image,
    ...(spec.startCommand !== undefined && { command: ['/bin/sh', '-c', spec.startCommand] }),
    ports: [{ containerPort: spec.port, protocol: 'TCP' }],
    env: [{ name: 'PORT', value: String(spec.port) }],
    envFrom: [{ secretRef: { name: toKubernetesName(spec.releaseId) } }],
    resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { cpu: '1', memory: '512Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    startupProbe: {
      ...check,
      periodSeconds: PROBE_PERIOD_SECONDS,
      failureThreshold: Math.ceil(spec.health.timeoutSeconds / PROBE_PERIOD_SECONDS),
      timeoutSeconds: 3,
    },
    readinessProbe: { ...check, periodSeconds: PROBE_PERIOD_SECONDS, failureThreshold: 3, timeoutSeconds: 3 },
    lifecycle: { preStop: { sleep: { seconds: PRE_STOP_SECONDS } } },
  };
}

function checkOf({ health, port }: ReleaseSpec): Pick<Probe, 'httpGet' | 'tcpSocket'> {
  return health.path === null ? { tcpSocket: { port } } : { httpGet: { path: health.path, port } };
}

function serviceOf(spec: ReleaseSpec): KubernetesService {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: releaseMetadata(spec),
    spec: {
      selector: { 'gantry.dev/release': spec.releaseId },
      ports: [{ name: 'http', port: SERVICE_PORT, targetPort: spec.port, protocol: 'TCP' }],
    },
  };
}

/** How much of a service's traffic a release gets, against the sum of all weights. */
export interface Weight {
  readonly releaseId: string;
  readonly weight: number;
}

export interface RouteSpec extends ServiceIds {
  /** The host name under which the service answers. */
  readonly host: string;
  readonly generation: number;
  readonly weights: readonly Weight[];
}

/** A service's route: the weights between its releases. A release without weight takes no target group of the load balancer. */
export function routeObject(spec: RouteSpec): HttpRoute {
  const backendRefs = spec.weights
    .filter(({ weight }) => weight > 0)
    .map(({ releaseId, weight }): BackendRef => ({ name: toKubernetesName(releaseId), port: SERVICE_PORT, weight }));
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: {
      name: toKubernetesName(spec.serviceId),
      namespace: toKubernetesName(spec.environmentId),
      labels: serviceLabels(spec),
      annotations: { [GENERATION]: String(spec.generation) },
    },
    spec: {
      parentRefs: [{ name: GATEWAY, namespace: SYSTEM_NAMESPACE }],
      hostnames: [spec.host],
      rules: [{ backendRefs }],
    },
  };
}
