import type { Container, PodTemplate, Probe } from '@gantry/cloud/kubernetes/types.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import { handOver } from '@gantry/contract/shell-line.ts';
import { authoritiesMount, authoritiesVariables, authoritiesVolume } from './authorities.ts';
import { DATA, RELEASE, SERVICE_ACCOUNT } from './names.ts';
import type { ClusterSettings } from './settings.ts';
import type { ReleaseSpec, Size } from './spec.ts';

/** The name of a web app's port in the network policy. */
export const WEB_PORT = 'http';
/** How long an app may take to stop after SIGTERM, in seconds. */
const STOP_SECONDS = 30;
const PROBE_PERIOD_SECONDS = 1;
const PROBE_TIMEOUT_SECONDS = 3;
/** An app that does not answer for this long is restarted. */
const LIVENESS = { periodSeconds: 10, failureThreshold: 6 } as const;

/**
 * The limits of each size, and the resources that a node reserves for it. Memory above the limit ends the app, so half is reserved; processor time is
 * only slowed, so a tenth is.
 */
export const SIZES: Readonly<Record<Size, Readonly<Record<'limits' | 'requests', Record<string, string>>>>> = {
  small: { limits: { cpu: '1', memory: '512Mi' }, requests: { cpu: '100m', memory: '256Mi' } },
  medium: { limits: { cpu: '2', memory: '2Gi' }, requests: { cpu: '200m', memory: '1Gi' } },
  large: { limits: { cpu: '4', memory: '8Gi' }, requests: { cpu: '400m', memory: '4Gi' } },
};

export interface PodRole {
  readonly labels: Readonly<Record<string, string>>;
  /** Replaces the release's start command. */
  readonly command?: string;
  /** Runs once, and its exit is its result. */
  readonly once: boolean;
}

/**
 * A pod of a release. It has no generation: a rollback writes the same release with a newer one, and must not restart its pods. Restricted by
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export function podTemplate(spec: ReleaseSpec, role: PodRole, settings: ClusterSettings): PodTemplate {
  const drains = serves(spec, role) ? settings.drainSeconds : 0;
  return {
    metadata: {
      labels: { ...role.labels, ...(spec.securityGroups.length > 0 && { [DATA]: toKubernetesName(spec.releaseId) }) },
    },
    spec: {
      serviceAccountName: SERVICE_ACCOUNT,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: drains + STOP_SECONDS,
      ...(role.once && { restartPolicy: 'Never' }),
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      ...(!role.once && spec.scaling.maxReplicas > 1 && { topologySpreadConstraints: spread(spec) }),
      containers: [containerOf(spec, role, settings)],
      ...authoritiesVolume(spec),
    },
  };
}

function serves({ port }: ReleaseSpec, { once }: PodRole): boolean {
  return port !== null && !once;
}

/** A failed zone takes no more than its share of pods; if only one has room, all run there. */
function spread({ releaseId }: ReleaseSpec) {
  return [
    {
      maxSkew: 1,
      topologyKey: 'topology.kubernetes.io/zone',
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: { [RELEASE]: releaseId } },
    },
  ];
}

function containerOf(spec: ReleaseSpec, role: PodRole, { drainSeconds }: ClusterSettings): Container {
  const { limits, requests } = SIZES[spec.size];
  const command = role.command ?? spec.startCommand;
  const port = spec.port === null ? [] : [{ name: 'PORT', value: String(spec.port) }];
  const env = [...port, ...authoritiesVariables(spec)];
  return {
    name: toKubernetesName(spec.serviceId),
    image: spec.image,
    ...(command !== undefined && { command: ['/bin/sh', '-c', handOver(command)] }),
    ...(env.length > 0 && { env }),
    envFrom: [{ secretRef: { name: toKubernetesName(spec.releaseId) } }],
    ...authoritiesMount(spec),
    resources: { requests, limits },
    securityContext: {
      allowPrivilegeEscalation: false,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(spec.port !== null && serves(spec, role) && serving(spec, spec.port, drainSeconds)),
  };
}

/** The further settings of a container that answers requests. */
function serving({ health, host }: ReleaseSpec, port: number, drainSeconds: number): Partial<Container> {
  // Without the host name a node uses the pod's address, which an app that knows only its own name refuses.
  const asHost = host === undefined ? {} : { httpHeaders: [{ name: 'Host', value: host }] };
  const check: Probe = {
    ...(health.path === null ? { tcpSocket: { port } } : { httpGet: { path: health.path, port, ...asHost } }),
    timeoutSeconds: PROBE_TIMEOUT_SECONDS,
  };
  return {
    ports: [{ name: WEB_PORT, containerPort: port, protocol: 'TCP' }],
    startupProbe: {
      ...check,
      periodSeconds: PROBE_PERIOD_SECONDS,
      failureThreshold: Math.ceil(health.timeoutSeconds / PROBE_PERIOD_SECONDS),
    },
    readinessProbe: { ...check, periodSeconds: PROBE_PERIOD_SECONDS, failureThreshold: 3 },
    livenessProbe: { ...check, ...LIVENESS },
    lifecycle: { preStop: { sleep: { seconds: drainSeconds } } },
  };
}
