import { listAll } from '@gantry/cloud/kubernetes/objects.ts';
import type { KubernetesObject, Pod } from '@gantry/cloud/kubernetes/types.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { ENVIRONMENT, JOB, RELEASE, SERVICE, TEAM } from './names.ts';

/** The present usage of a release's replicas, as the cluster reports it. */
export interface ReleaseUsage {
  readonly teamId: string;
  readonly environmentId: string;
  readonly serviceId: string;
  readonly releaseId: string;
  readonly replicas: number;
  /** How often its present replicas restarted. */
  readonly restarts: number;
  /** The replicas that the cluster has measured: the sums below are theirs. A new one is measured within a minute. */
  readonly measured: number;
  /** Thousandths of a processor. */
  readonly cpu: number;
  /** KiB. */
  readonly memory: number;
}

interface PodMetrics extends KubernetesObject {
  readonly containers?: readonly { readonly usage?: { readonly cpu?: string; readonly memory?: string } }[];
}

/** The usage of every release with replicas, by the metrics server. https://kubernetes.io/docs/tasks/debug/debug-cluster/resource-metrics-pipeline/ */
export async function usageOfReleases(): Promise<ReleaseUsage[]> {
  const pods = (await listAll<Pod>({ apiVersion: 'v1', kind: 'Pod' }, RELEASE)).filter(isReplica);
  if (pods.length === 0) return [];
  const measured = new Map((await podMetrics()).map((metrics) => [keyOf(metrics), metrics]));
  const releases = new Map<string, ReleaseUsage>();
  for (const pod of pods) {
    const labels = pod.metadata?.labels ?? {};
    const releaseId = labels[RELEASE] ?? '';
    const ids = {
      ...{ teamId: labels[TEAM] ?? '', environmentId: labels[ENVIRONMENT] ?? '', serviceId: labels[SERVICE] ?? '' },
      releaseId,
    };
    const before = releases.get(releaseId) ?? { ...ids, replicas: 0, restarts: 0, measured: 0, cpu: 0, memory: 0 };
    const metrics = measured.get(keyOf(pod));
    const containers = metrics?.containers ?? [];
    releases.set(releaseId, {
      ...before,
      replicas: before.replicas + 1,
      restarts: before.restarts + sum((pod.status?.containerStatuses ?? []).map(({ restartCount }) => restartCount)),
      measured: before.measured + (metrics === undefined ? 0 : 1),
      cpu: before.cpu + sum(containers.map(({ usage }) => thousandths(usage?.cpu ?? '0'))),
      memory: before.memory + sum(containers.map(({ usage }) => kibibytes(usage?.memory ?? '0'))),
    });
  }
  return [...releases.values()];
}

/** If the cluster's metrics server does not answer, the usage is empty; other facts about the releases still count. */
async function podMetrics(): Promise<PodMetrics[]> {
  try {
    return await listAll<PodMetrics>({ apiVersion: 'metrics.k8s.io/v1beta1', kind: 'PodMetrics' }, RELEASE);
  } catch (error) {
    if (error instanceof GantryError && (error.kind === 'NotFound' || error.kind === 'Unavailable')) return [];
    throw error;
  }
}

/** Not a release command, and not one that has ended. */
function isReplica({ metadata, status }: Pod): boolean {
  return metadata?.labels?.[JOB] === undefined && status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}

function keyOf({ metadata }: KubernetesObject): string {
  return `${metadata?.namespace}/${metadata?.name}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

const CPU: Readonly<Record<string, number>> = { n: 1e-6, u: 1e-3, m: 1, '': 1000 };
const MEMORY: Readonly<Record<string, number>> = {
  ...{ '': 1 / 1024, k: 1000 / 1024, M: 1e6 / 1024, G: 1e9 / 1024 },
  ...{ Ki: 1, Mi: 1024, Gi: 1024 ** 2 },
};

/** `12345678n`, `250m` or `1` in thousandths of a processor. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
function thousandths(quantity: string): number {
  return inUnit(quantity, CPU);
}

/** `65536Ki`, `64Mi` or bytes in KiB. */
function kibibytes(quantity: string): number {
  return inUnit(quantity, MEMORY);
}

/** Throws for a quantity of another unit. */
function inUnit(quantity: string, units: Readonly<Record<string, number>>): number {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(quantity) ?? [];
  const factor = units[unit];
  if (digits === '' || factor === undefined) throw new Error(`${quantity} is not a known quantity`);
  return Number(digits) * factor;
}
