import type { KubernetesObject } from '@gantry/cloud/kubernetes/types.ts';
import { AUTHORITIES } from './names.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

const RBAC = 'rbac.authorization.k8s.io';
const ROUTES = 'gateway.networking.k8s.io';
const BINDINGS = 'eks.amazonaws.com';
/** The name of the broker's role, and of its binding in a namespace. */
const EXECUTOR = 'gantry-executor';
const EXECUTORS = 'gantry:executors';
const READ = ['get', 'list', 'watch'];
const APPLY = ['create', 'patch'];

function rule(apiGroup: string, resources: readonly string[], ...verbs: string[]): Rule {
  return { apiGroups: [apiGroup], resources, verbs };
}

/**
 * The rights of the deploy functions on apps. A server-side apply patches, and creates missing objects. Secrets are write-only: nobody may read or
 * list them.
 */
const deployer = (loadBalancer: string): readonly Rule[] => [
  rule('', ['namespaces'], 'get', ...APPLY),
  rule('', ['serviceaccounts', 'resourcequotas', 'limitranges'], ...APPLY),
  rule('networking.k8s.io', ['networkpolicies'], ...APPLY),
  rule('', ['secrets'], ...APPLY, 'delete'),
  rule('', ['configmaps'], 'create'),
  { ...rule('', ['configmaps'], 'get', 'patch'), resourceNames: [AUTHORITIES] },
  rule('', ['services'], 'list', ...APPLY, 'delete'),
  rule('autoscaling', ['horizontalpodautoscalers'], 'list', ...APPLY, 'delete'),
  rule('policy', ['poddisruptionbudgets'], 'list', ...APPLY, 'delete'),
  rule('vpcresources.k8s.aws', ['securitygrouppolicies'], 'list', ...APPLY, 'delete'),
  rule('apps', ['deployments'], ...READ, ...APPLY, 'delete'),
  rule('batch', ['cronjobs'], 'get', 'list', ...APPLY, 'delete'),
  rule('batch', ['jobs'], ...READ, 'create', 'delete'),
  rule(ROUTES, ['httproutes'], 'get', ...APPLY, 'delete'),
  rule(loadBalancer, ['targetgroupconfigurations'], ...APPLY, 'delete'),
  rule(BINDINGS, ['targetgroupbindings'], 'list'),
  rule('', ['pods'], ...READ),
  rule('', ['pods/log'], 'get'),
  rule('', ['events'], 'list'),
  rule(RBAC, ['rolebindings'], ...APPLY),
  // Nobody may otherwise bind a role with more rights than their own. This names the one role.
  { ...rule(RBAC, ['clusterroles'], 'bind'), resourceNames: [EXECUTOR] },
];

/** The rights of the delete machine: to find and to delete. */
const remover = (loadBalancer: string): readonly Rule[] => [
  rule('', ['namespaces'], 'get', 'delete'),
  rule('', ['secrets'], 'delete'),
  rule('', ['services'], 'list', 'delete'),
  rule('autoscaling', ['horizontalpodautoscalers'], 'list', 'delete'),
  rule('policy', ['poddisruptionbudgets'], 'list', 'delete'),
  rule('vpcresources.k8s.aws', ['securitygrouppolicies'], 'list', 'delete'),
  rule('apps', ['deployments'], 'list', 'delete'),
  rule('batch', ['cronjobs', 'jobs'], 'list', 'delete'),
  rule(loadBalancer, ['targetgroupconfigurations'], 'delete'),
  rule(ROUTES, ['httproutes'], 'delete'),
];

/** The rights of the API's functions on apps. */
const READER: readonly Rule[] = [
  rule('', ['namespaces', 'pods', 'services'], ...READ),
  rule('', ['pods/log'], 'get'),
  rule('apps', ['deployments'], ...READ),
  rule('batch', ['cronjobs', 'jobs'], ...READ),
  rule(ROUTES, ['httproutes'], ...READ),
];

/** The rights of the metrics collector: to read replicas, their usage, and their target groups. */
const COLLECTOR: readonly Rule[] = [
  rule('', ['pods'], 'list'),
  rule('metrics.k8s.io', ['pods'], 'list'),
  rule(BINDINGS, ['targetgroupbindings'], 'list'),
];

/**
 * The rights of the broker of commands, in the namespaces of environments only, where `executorBinding` is. A WebSocket begins with a GET, and since
 * 1.35 Kubernetes also requires `create`.
 */
const EXECUTES: readonly Rule[] = [rule('', ['pods/exec'], 'get', 'create')];

/** Lets the broker run commands in the pods of one namespace. */
export function executorBinding(metadata: (name: string) => KubernetesObject['metadata']): KubernetesObject {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata: metadata(EXECUTOR),
    ...bindingOf(EXECUTOR, EXECUTORS),
  } as KubernetesObject;
}

/** The roles of Gantry's functions, bound to the groups in their access entries. `loadBalancer` is the group of the load balancer's kinds. */
export function roleObjects(loadBalancer: string): KubernetesObject[] {
  return [
    ...boundRole('gantry-deployer', deployer(loadBalancer), 'gantry:deployers'),
    ...boundRole('gantry-remover', remover(loadBalancer), 'gantry:removers'),
    ...boundRole('gantry-reader', READER, 'gantry:readers'),
    ...boundRole('gantry-collector', COLLECTOR, 'gantry:collectors'),
    roleOf(EXECUTOR, EXECUTES),
  ];
}

function boundRole(name: string, rules: readonly Rule[], group: string): KubernetesObject[] {
  const binding = {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    ...bindingOf(name, group),
  };
  return [roleOf(name, rules), binding];
}

function roleOf(name: string, rules: readonly Rule[]) {
  return { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name }, rules };
}

function bindingOf(role: string, group: string) {
  return {
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: RBAC, kind: 'Group', name: group }],
  };
}
