import type { KubernetesObject } from '@gantry/cloud/kubernetes/types.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const ROUTES = 'gateway.networking.k8s.io';
const READ = ['get', 'list', 'watch'];

/**
 * What the deploy functions do to apps. A server-side apply patches, and creates what is not there yet. Secrets are written blind: nobody
 * may read or list them.
 */
const DEPLOYER: readonly Rule[] = [
  { apiGroups: [''], resources: ['namespaces', 'serviceaccounts'], verbs: ['create', 'patch'] },
  { apiGroups: [''], resources: ['secrets', 'services'], verbs: ['create', 'patch', 'delete'] },
  { apiGroups: ['apps'], resources: ['deployments'], verbs: [...READ, 'create', 'patch', 'delete'] },
  { apiGroups: [ROUTES], resources: ['httproutes'], verbs: ['get', 'create', 'patch', 'delete'] },
  { apiGroups: [''], resources: ['pods'], verbs: READ },
  { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
];

/** What the delete machine takes away. */
const REMOVER: readonly Rule[] = [
  { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'delete'] },
  { apiGroups: [''], resources: ['secrets', 'services'], verbs: ['delete'] },
  { apiGroups: ['apps'], resources: ['deployments'], verbs: ['list', 'delete'] },
  { apiGroups: [ROUTES], resources: ['httproutes'], verbs: ['delete'] },
];

/** What the API's functions see of apps. */
const READER: readonly Rule[] = [
  { apiGroups: [''], resources: ['namespaces', 'pods', 'services'], verbs: READ },
  { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
  { apiGroups: ['apps'], resources: ['deployments'], verbs: READ },
  { apiGroups: [ROUTES], resources: ['httproutes'], verbs: READ },
];

/** The roles of Gantry's functions, bound to the groups that their access entries name. */
export function roleObjects(): KubernetesObject[] {
  return [
    ...boundRole('gantry-deployer', DEPLOYER, 'gantry:deployers'),
    ...boundRole('gantry-remover', REMOVER, 'gantry:removers'),
    ...boundRole('gantry-reader', READER, 'gantry:readers'),
  ];
}

function boundRole(name: string, rules: readonly Rule[], group: string): KubernetesObject[] {
  const apiGroup = 'rbac.authorization.k8s.io';
  const apiVersion = `${apiGroup}/v1`;
  const role = { apiVersion, kind: 'ClusterRole', metadata: { name }, rules };
  const binding = {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup, kind: 'ClusterRole', name },
    subjects: [{ apiGroup, kind: 'Group', name: group }],
  };
  return [role, binding];
}
