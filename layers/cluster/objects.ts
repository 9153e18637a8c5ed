import { createHash } from 'node:crypto';
import type {
  Autoscaler,
  CronJob,
  Deployment,
  DisruptionBudget,
  KubernetesObject,
  KubernetesService,
  Secret,
  SecurityGroupPolicy,
} from '@gantry/cloud/kubernetes/types.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import { DATA, GENERATION, KIND, RELEASE, SERVICE_PORT, SPEC_HASH } from './names.ts';
import { podTemplate, SIZES, WEB_PORT } from './pod.ts';
import type { ClusterSettings } from './settings.ts';
import { isElastic, type ReleaseSpec, releaseLabels } from './spec.ts';
import { targetGroupObject } from './target-group.ts';

/** A worker that ends within this many seconds never counts as available. */
const WORKER_READY_SECONDS = 5;
/** A cron service's run is skipped when it cannot start within this many seconds, and stopped after the second number. */
const CRON_START_SECONDS = 300;
const CRON_RUN_SECONDS = 6 * 3600;

export type Workload = Deployment | CronJob;

/** A release's objects: its workload, what the workload needs to start, and what surrounds it. */
export interface ReleaseObjects {
  readonly workload: Workload;
  readonly secret: Secret;
  readonly others: readonly KubernetesObject[];
}

export function releaseObjects(spec: ReleaseSpec, settings: ClusterSettings): ReleaseObjects {
  const workload = spec.kind === 'cron' ? cronJobOf : deploymentOf;
  // The hash ignores secrets, and values that change in a release's life: generation and replicas.
  const still = { ...spec, generation: 0, replicas: 0 };
  const hash = shortHash([workload(still, settings), ...othersOf(still, settings)]);
  const marked = <T extends KubernetesObject>(object: T): T => ({
    ...object,
    metadata: { ...object.metadata, annotations: { ...object.metadata?.annotations, [SPEC_HASH]: hash } },
  });
  return {
    workload: marked(workload(spec, settings)),
    secret: secretOf(spec),
    others: othersOf(spec, settings).map(marked),
  };
}

/** A short hash of an object's content. */
export function shortHash(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16);
}

export function releaseMetadata(spec: ReleaseSpec) {
  return {
    name: toKubernetesName(spec.releaseId),
    namespace: toKubernetesName(spec.environmentId),
    labels: { ...releaseLabels(spec), [KIND]: spec.kind },
    annotations: { [GENERATION]: String(spec.generation) },
  };
}

function othersOf(spec: ReleaseSpec, settings: ClusterSettings): KubernetesObject[] {
  return [
    ...(spec.securityGroups.length > 0 ? [groupPolicyOf(spec, settings)] : []),
    ...(spec.port === null
      ? []
      : [serviceOf(spec, spec.port), targetGroupObject(releaseMetadata(spec), spec, settings)]),
    ...(isElastic(spec) ? [autoscalerOf(spec)] : []),
    ...(spec.kind !== 'cron' && spec.scaling.minReplicas > 1 ? [disruptionBudgetOf(spec)] : []),
  ];
}

/**
 * Gives the release's pods network interfaces with the groups of their databases, beside the cluster's group. It must exist before the pods.
 * https://docs.aws.amazon.com/eks/latest/userguide/auto-sgp.html
 */
function groupPolicyOf(spec: ReleaseSpec, { clusterGroup }: ClusterSettings): SecurityGroupPolicy {
  return {
    apiVersion: 'vpcresources.k8s.aws/v1beta1',
    kind: 'SecurityGroupPolicy',
    metadata: releaseMetadata(spec),
    spec: {
      podSelector: { matchLabels: { [DATA]: toKubernetesName(spec.releaseId) } },
      securityGroups: { groupIds: [clusterGroup, ...spec.securityGroups] },
    },
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

const selectorOf = ({ releaseId }: ReleaseSpec) => ({ [RELEASE]: releaseId });

function deploymentOf(spec: ReleaseSpec, settings: ClusterSettings): Deployment {
  const metadata = releaseMetadata(spec);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      replicas: spec.replicas,
      revisionHistoryLimit: 0,
      ...(spec.kind === 'worker' && { minReadySeconds: WORKER_READY_SECONDS }),
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      selector: { matchLabels: selectorOf(spec) },
      template: podTemplate(spec, { labels: metadata.labels, once: false }, settings),
    },
  };
}

/** Not every cluster knows a zone "UTC". */
function timeZoneOf({ timezone = 'UTC' }: ReleaseSpec): string {
  return timezone === 'UTC' ? 'Etc/UTC' : timezone;
}

/** Suspended until the deployment switches to it: see `switchCron`. */
function cronJobOf(spec: ReleaseSpec, settings: ClusterSettings): CronJob {
  if (spec.schedule === undefined) throw new Error(`${spec.releaseId} is a cron service without a schedule`);
  const metadata = releaseMetadata(spec);
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata,
    spec: {
      schedule: spec.schedule,
      timeZone: timeZoneOf(spec),
      suspend: true,
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: CRON_START_SECONDS,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 3,
      jobTemplate: {
        metadata: { labels: metadata.labels },
        spec: {
          backoffLimit: 0,
          activeDeadlineSeconds: CRON_RUN_SECONDS,
          template: podTemplate(spec, { labels: metadata.labels, once: true }, settings),
        },
      },
    },
  };
}

function serviceOf(spec: ReleaseSpec, port: number): KubernetesService {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: releaseMetadata(spec),
    spec: {
      selector: selectorOf(spec),
      ports: [{ name: WEB_PORT, port: SERVICE_PORT, targetPort: port, protocol: 'TCP' }],
    },
  };
}

/**
 * The target is a share of the limit, not a percentage of the small reserved part. While the Deployment has no replicas the cluster leaves it alone,
 * so a cold release stays cold. https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#implicit-maintenance-mode-deactivation
 */
function autoscalerOf(spec: ReleaseSpec): Autoscaler {
  const { minReplicas, maxReplicas } = spec.scaling;
  const metadata = releaseMetadata(spec);
  const averageValue = `${Number(SIZES[spec.size].limits.cpu) * 700}m`;
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata,
    spec: {
      minReplicas,
      maxReplicas,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: metadata.name },
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'AverageValue', averageValue } } }],
    },
  };
}

/** A drained node loses one pod at a time. */
function disruptionBudgetOf(spec: ReleaseSpec): DisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: releaseMetadata(spec),
    spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf(spec) } },
  };
}
