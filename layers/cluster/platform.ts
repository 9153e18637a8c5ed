import { setTimeout as sleep } from 'node:timers/promises';
import { awsErrorName } from '@gantry/cloud/failures.ts';
import { isForbidden } from '@gantry/cloud/kubernetes/errors.ts';
import { apply, get, list, remove } from '@gantry/cloud/kubernetes/objects.ts';
import type { HttpRoute, KubernetesObject } from '@gantry/cloud/kubernetes/types.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import * as z from 'zod';
import { admissionPolicyObjects } from './admission-policy.ts';
import { eventShipperObjects } from './event-shipper.ts';
import { GATEWAY_API, gatewayAddress, gatewayObjects, REDIRECT } from './gateway.ts';
import { loadBalancerApi } from './load-balancer.ts';
import { FIELD_MANAGER, GATEWAY, SYSTEM_NAMESPACE } from './names.ts';
import { roleObjects } from './roles.ts';
import { shipperObjects } from './shipper.ts';

/** The class and the pool of the apps' nodes. */
const NODES = 'apps';
const RETRY_MS = 3_000;
/**
 * How long a new cluster may take to serve the load balancer's kinds, and to accept access entries, in milliseconds.
 * https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html: entries and their policies are eventually consistent.
 */
const LATE_MS = 5 * 60_000;

/** The stack's settings about the cluster's surroundings. */
export const PlatformSettings = z.object({
  NodeRoleName: z.string(),
  SubnetIds: z.array(z.string()).min(1),
  SecurityGroupId: z.string(),
  /** The subnets of the load balancer. */
  LoadBalancerSubnetIds: z.array(z.string()).min(1),
  /** The domain of apps and its certificate, both or neither. */
  AppsDomain: z.string().optional(),
  AppsCertificate: z.string().optional(),
  AppLogGroup: z.string(),
  EventLogGroup: z.string(),
  LogShipperServiceAccount: z.string(),
  /** CloudFormation passes numbers as text. */
  LogLinesPerSecond: z.coerce.number().int().min(1),
});
export type PlatformSettings = z.infer<typeof PlatformSettings>;

/**
 * The platform's own objects, in order. `region` is the log group's; `api` is the version under which the cluster serves the load balancer's kinds.
 */
export function platformObjects(settings: PlatformSettings, region: string, api: string): KubernetesObject[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      // The log shipper reads the node's files, which stricter levels forbid.
      metadata: { name: SYSTEM_NAMESPACE, labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } },
    },
    ...roleObjects(api.split('/')[0] ?? ''),
    ...admissionPolicyObjects(),
    ...nodeObjects(settings),
    ...shipperObjects({
      region,
      logGroup: settings.AppLogGroup,
      serviceAccount: settings.LogShipperServiceAccount,
      linesPerSecond: settings.LogLinesPerSecond,
    }),
    ...eventShipperObjects({
      region,
      logGroup: settings.EventLogGroup,
      serviceAccount: settings.LogShipperServiceAccount,
    }),
    ...gatewayObjects({ api, subnets: settings.LoadBalancerSubnetIds, secure: secureOf(settings) }),
  ];
}

function secureOf({ AppsDomain: domain, AppsCertificate: certificate }: PlatformSettings) {
  return domain === undefined || certificate === undefined ? undefined : { domain, certificate };
}

/**
 * Nodes for apps: arm64, with enforced network policies, which need both the ConfigMap and the NodeClass's setting.
 * https://docs.aws.amazon.com/eks/latest/userguide/auto-net-pol.html, .../create-node-class.html, .../create-node-pool.html
 */
function nodeObjects({ NodeRoleName, SubnetIds, SecurityGroupId }: PlatformSettings): KubernetesObject[] {
  const policies = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'amazon-vpc-cni', namespace: 'kube-system' },
    data: { 'enable-network-policy-controller': 'true' },
  };
  const nodeClass = {
    apiVersion: 'eks.amazonaws.com/v1',
    kind: 'NodeClass',
    metadata: { name: NODES },
    spec: {
      role: NodeRoleName,
      subnetSelectorTerms: SubnetIds.map((id) => ({ id })),
      securityGroupSelectorTerms: [{ id: SecurityGroupId }],
      networkPolicy: 'DefaultAllow',
      networkPolicyEventLogs: 'Disabled',
    },
  };
  const requirements = [
    { key: 'kubernetes.io/arch', operator: 'In', values: ['arm64'] },
    { key: 'karpenter.sh/capacity-type', operator: 'In', values: ['on-demand'] },
    { key: 'eks.amazonaws.com/instance-category', operator: 'In', values: ['c', 'm', 'r', 't'] },
    { key: 'eks.amazonaws.com/instance-generation', operator: 'Gt', values: ['3'] },
  ];
  const nodePool = {
    apiVersion: 'karpenter.sh/v1',
    kind: 'NodePool',
    metadata: { name: NODES },
    spec: {
      template: {
        spec: { nodeClassRef: { group: 'eks.amazonaws.com', kind: 'NodeClass', name: NODES }, requirements },
      },
      disruption: { consolidationPolicy: 'WhenEmptyOrUnderutilized', consolidateAfter: '60s' },
      limits: { cpu: '100' },
    },
  };
  return [policies, nodeClass, nodePool];
}

/**
 * Applies the platform's objects, and waits until the load balancer is ready; answers its name in DNS. A new cluster serves some kinds and accepts
 * the function late, so this tries until `deadline`, in milliseconds since 1970; then it throws the last error.
 */
export async function applyPlatform(settings: PlatformSettings, region: string, deadline: number): Promise<string> {
  const api = await untilReady(loadBalancerApi, Math.min(deadline, Date.now() + LATE_MS));
  for (const object of platformObjects(settings, region, api)) {
    await untilReady(() => apply(object, FIELD_MANAGER), deadline);
  }
  if (secureOf(settings) === undefined) await untilReady(() => remove(REDIRECT), deadline);
  return untilReady(gatewayAddress, deadline);
}

/**
 * Deletes every route and the Gateway, and waits until its load balancer is gone, because the network cannot be deleted before. A cluster without
 * Gateway kinds, or a deleted one, has none: a failed first deployment must be able to roll back.
 */
export async function removeGateway(deadline: number): Promise<void> {
  const gateway = { apiVersion: GATEWAY_API, kind: 'Gateway', namespace: SYSTEM_NAMESPACE, name: GATEWAY };
  try {
    await untilReady(removeRoutes, deadline);
    await untilReady(() => remove(gateway), deadline);
    await untilReady(async () => {
      if ((await get(gateway)) !== undefined) {
        throw new GantryError('Unavailable', `The load balancer of Gateway ${GATEWAY} is not gone yet. Try again.`);
      }
    }, deadline);
  } catch (error) {
    if (awsErrorName(error) !== 'ResourceNotFoundException') throw error;
  }
}

async function removeRoutes(): Promise<void> {
  const { items } = await list<HttpRoute>({ apiVersion: GATEWAY_API, kind: 'HTTPRoute' }).catch((error: unknown) => {
    if (error instanceof GantryError && error.kind === 'NotFound') return { items: [] };
    throw error;
  });
  for (const { metadata } of items) {
    const { name = '', namespace = '' } = metadata;
    await remove({ apiVersion: GATEWAY_API, kind: 'HTTPRoute', namespace, name });
  }
  if (items.length > 0) await removeRoutes();
}

/** Tries until `deadline` while the cluster is not ready. A refusal is final only after some minutes: rights take effect late. */
async function untilReady<T>(work: () => Promise<T>, deadline: number): Promise<T> {
  const refusedUntil = Math.min(deadline, Date.now() + LATE_MS);
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const passing = error instanceof GantryError && (error.kind === 'NotFound' || error.kind === 'Unavailable');
      const until = isForbidden(error) ? refusedUntil : passing ? deadline : 0;
      if (Date.now() + RETRY_MS > until) throw error;
      await sleep(RETRY_MS);
    }
  }
}
