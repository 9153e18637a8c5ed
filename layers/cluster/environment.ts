import { apply, get } from '@gantry/cloud/kubernetes/objects.ts';
import type {
  KubernetesObject,
  LimitRange,
  Namespace,
  NetworkPolicy,
  ResourceQuota,
  ServiceAccount,
} from '@gantry/cloud/kubernetes/types.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import { type EnvironmentIds, environmentLabels, FIELD_MANAGER, KIND, SERVICE_ACCOUNT, SPEC_HASH } from './names.ts';
import { shortHash } from './objects.ts';
import { SIZES, WEB_PORT } from './pod.ts';
import { executorBinding } from './roles.ts';
import { type ClusterSettings, clusterSettings } from './settings.ts';

/** Enough for fifty services, each with an earlier release, and too little for one environment to fill the cluster. */
const QUOTA = {
  pods: '300',
  'requests.cpu': '60',
  'requests.memory': '200Gi',
  'limits.cpu': '600',
  'limits.memory': '400Gi',
  'services.loadbalancers': '0',
  'services.nodeports': '0',
};

/** Blocked for apps: link-local addresses with the node's credentials, and every private network with the platform's own. */
const FORBIDDEN_V4 = ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'];
/** The ports of engines: PostgreSQL. */
const DATABASE_PORTS = [5432];
const FORBIDDEN_V6 = ['fc00::/7', 'fe80::/10'];

/** An environment's namespace. It refuses pods that are not restricted, and pods of web apps wait for the load balancer. */
function namespaceOf(ids: EnvironmentIds): Namespace {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: toKubernetesName(ids.environmentId),
      labels: {
        ...environmentLabels(ids),
        'pod-security.kubernetes.io/enforce': 'restricted',
        'pod-security.kubernetes.io/audit': 'restricted',
        'pod-security.kubernetes.io/warn': 'restricted',
        // The label of Auto Mode's webhook; AWS documents only the self-managed controller's, elbv2.k8s.aws/….
        'eks.amazonaws.com/pod-readiness-gate-inject': 'enabled',
      },
    },
  };
}

/** An environment's namespace, and the objects in it before any release. */
export function environmentObjects(
  ids: EnvironmentIds,
  settings: ClusterSettings,
): readonly [Namespace, ...KubernetesObject[]] {
  const metadata = (name: string) => ({
    name,
    namespace: toKubernetesName(ids.environmentId),
    labels: environmentLabels(ids),
  });
  const account: ServiceAccount = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metadata(SERVICE_ACCOUNT),
    automountServiceAccountToken: false,
  };
  const quota: ResourceQuota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: metadata('environment'),
    spec: { hard: QUOTA },
  };
  const { limits: _default, requests: defaultRequest } = SIZES.small;
  const limits: LimitRange = {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: metadata('environment'),
    spec: { limits: [{ type: 'Container', _default, defaultRequest, max: SIZES.large.limits }] },
  };
  const policy = (name: string, spec: NetworkPolicy['spec']): NetworkPolicy => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadata(name),
    ...(spec && { spec }),
  });
  return [
    namespaceOf(ids),
    account,
    quota,
    limits,
    policy('deny-by-default', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }),
    policy('web-from-load-balancer', ingress(settings)),
    policy('names-and-internet', EGRESS),
    policy('databases', toDatabases(settings)),
    executorBinding(metadata),
  ];
}

/**
 * The load balancer reaches pods at their addresses (target type `ip`) from its own in the public subnets, where no pod runs; its configuration names
 * those subnets (`platform.ts`). A node may always check its pods.
 */
function ingress({ loadBalancerNetworks }: ClusterSettings): NonNullable<NetworkPolicy['spec']> {
  return {
    podSelector: { matchLabels: { [KIND]: 'web' } },
    policyTypes: ['Ingress'],
    ingress: [
      {
        _from: loadBalancerNetworks.map((cidr) => ({ ipBlock: { cidr } })),
        ports: [{ protocol: 'TCP', port: WEB_PORT }],
      },
    ],
  };
}

/**
 * Opens the subnets of databases, which hold nothing else. A pod's security groups decide which databases it reaches: without a database's group,
 * none.
 */
function toDatabases({ databaseNetworks }: ClusterSettings): NonNullable<NetworkPolicy['spec']> {
  return {
    podSelector: {},
    policyTypes: ['Egress'],
    egress: [
      {
        to: databaseNetworks.map((cidr) => ({ ipBlock: { cidr } })),
        ports: DATABASE_PORTS.map((port) => ({ protocol: 'TCP', port })),
      },
    ],
  };
}

/** On Auto Mode a node answers DNS itself, at no documented address: port 53 is open to any. */
const EGRESS: NonNullable<NetworkPolicy['spec']> = {
  podSelector: {},
  policyTypes: ['Egress'],
  egress: [
    {
      ports: [
        { protocol: 'UDP', port: 53 },
        { protocol: 'TCP', port: 53 },
      ],
    },
    {
      to: [
        { ipBlock: { cidr: '0.0.0.0/0', except: FORBIDDEN_V4 } },
        { ipBlock: { cidr: '::/0', except: FORBIDDEN_V6 } },
      ],
    },
  ],
};

/**
 * Creates or repairs an environment's namespace with its objects. The mark on the namespace comes last, so a marked one is complete and a repeat
 * costs one request. Throws Unavailable while the cluster still deletes an earlier one of the name.
 */
export async function applyEnvironment(ids: EnvironmentIds, known?: ClusterSettings): Promise<void> {
  const settings = known ?? (await clusterSettings());
  const [namespace, ...others] = environmentObjects(ids, settings);
  const mark = shortHash([namespace, ...others]);
  const name = toKubernetesName(ids.environmentId);
  const present = await get<Namespace>({ apiVersion: 'v1', kind: 'Namespace', name });
  if (present?.metadata?.deletionTimestamp !== undefined) {
    throw new GantryError('Unavailable', `The cluster still removes namespace ${name}. Try again.`);
  }
  if (present?.metadata?.annotations?.[SPEC_HASH] === mark) return;
  await apply(namespace, FIELD_MANAGER);
  await Promise.all(others.map((object) => apply(object, FIELD_MANAGER)));
  const metadata = { ...namespace.metadata, annotations: { [SPEC_HASH]: mark } };
  await apply({ ...namespace, metadata }, FIELD_MANAGER);
}
