import { setTimeout as sleep } from 'node:timers/promises';
import { list } from '@gantry/cloud/kubernetes/objects.ts';
import type { KubernetesObject, ObjectMeta } from '@gantry/cloud/kubernetes/types.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import type { ClusterSettings } from './settings.ts';
import type { ReleaseRef, ReleaseSpec } from './spec.ts';

/** The load balancer's own kind; `loadBalancerApi` is its group and version in the cluster. */
export const TARGET_GROUP_CONFIGURATION = 'TargetGroupConfiguration';

/** A pod keeps serving this many seconds longer than the load balancer drains, because draining begins late. */
const NOTICE_SECONDS = 5;
/**
 * The load balancer checks by HTTP only, at a pod's address, which an app that knows only its own name refuses with 400. So any answer but a server
 * error counts; the pod's own checks, which send the name, are the strict ones.
 */
const ANY_ANSWER = '200-499';

interface TargetGroupConfiguration extends KubernetesObject {
  readonly spec: Readonly<Record<string, unknown>>;
}

/**
 * How the load balancer reaches a release's pods: directly, with the release's own health check, and draining no longer than a stopping pod serves.
 * Its default, `instance`, fails on a Service of a cluster, and with it the whole Gateway:
 * https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/4804.
 * https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/gateway/targetgroupconfig/
 */
export function targetGroupObject(
  metadata: ObjectMeta & { readonly name: string },
  { health }: ReleaseSpec,
  { drainSeconds, loadBalancerApi }: Pick<ClusterSettings, 'drainSeconds' | 'loadBalancerApi'>,
): TargetGroupConfiguration {
  const delay = Math.max(0, drainSeconds - NOTICE_SECONDS);
  return {
    apiVersion: loadBalancerApi,
    kind: TARGET_GROUP_CONFIGURATION,
    metadata,
    spec: {
      targetReference: { kind: 'Service', name: metadata.name },
      defaultConfiguration: {
        targetType: 'ip',
        targetGroupAttributes: [{ key: 'deregistration_delay.timeout_seconds', value: String(delay) }],
        healthCheckConfig: {
          healthCheckProtocol: 'HTTP',
          healthCheckPath: health.path ?? '/',
          healthCheckInterval: 5,
          healthCheckTimeout: 3,
          healthyThresholdCount: 2,
          unhealthyThresholdCount: 3,
          matcher: { httpCode: ANY_ANSWER },
        },
      },
    },
  };
}

/** How long a load balancer may take to create a target group, in milliseconds; afterwards the pods start without waiting. */
const TARGET_GROUP_MS = 15_000;
const POLL_MS = 500;

interface TargetGroupBinding extends KubernetesObject {
  readonly spec?: { readonly serviceRef?: { readonly name?: string }; readonly targetGroupARN?: string };
}

const BINDING = { apiVersion: 'eks.amazonaws.com/v1', kind: 'TargetGroupBinding' };

/** The ARN of each release's target group, by the release's name in the cluster. */
export async function targetGroups(): Promise<ReadonlyMap<string, string>> {
  try {
    const { items } = await list<TargetGroupBinding>(BINDING);
    return new Map(
      items.flatMap(({ spec }) => {
        const [name, arn] = [spec?.serviceRef?.name, spec?.targetGroupARN];
        return name === undefined || arn === undefined ? [] : [[name, arn] as const];
      }),
    );
  } catch (error) {
    if (isWithoutKind(error)) return new Map();
    throw error;
  }
}

/** A cluster without target groups does not serve their kind. */
function isWithoutKind(error: unknown): boolean {
  return error instanceof GantryError && error.kind === 'NotFound';
}

/**
 * Waits until the load balancer has a target group for a release in its route. Only later pods wait for the load balancer to find them healthy
 * (readiness gates). A cluster without target groups needs no wait.
 * https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/pod_readiness_gate/
 */
export async function awaitTargetGroup({ environmentId, releaseId }: ReleaseRef): Promise<void> {
  const kind = { ...BINDING, namespace: toKubernetesName(environmentId) };
  const deadline = Date.now() + TARGET_GROUP_MS;
  try {
    while (Date.now() < deadline) {
      const { items } = await list<TargetGroupBinding>(kind);
      if (items.some(({ spec }) => spec?.serviceRef?.name === toKubernetesName(releaseId))) return;
      await sleep(POLL_MS);
    }
  } catch (error) {
    if (!isWithoutKind(error)) throw error;
  }
}
