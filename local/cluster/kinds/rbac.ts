import { required } from '../api/errors.ts';
import type { Role, RoleBinding } from '../network-model.ts';
import type { Kind } from './kind.ts';
import { SCHEMAS } from './schema.ts';
import { immutable } from './validation.ts';

const rbac = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  strategic: true,
  naming: 'path',
  schema: SCHEMAS.plain,
} as const;

const binding: Pick<Kind<RoleBinding>, 'complete' | 'validate' | 'schema'> = {
  schema: SCHEMAS.binding,
  complete({ roleRef, subjects }) {
    if (roleRef !== undefined) roleRef.apiGroup ??= rbac.group;
    for (const subject of subjects ?? []) {
      if (subject.kind !== 'ServiceAccount') subject.apiGroup ??= rbac.group;
    }
  },
  validate(object, previous) {
    if (!object.roleRef?.name || !object.roleRef.kind) return [required('roleRef')];
    return previous === undefined ? [] : immutable('roleRef', object.roleRef, previous.roleRef);
  },
};

export const ROLES: Kind<Role> = { ...rbac, kind: 'Role', plural: 'roles', namespaced: true };
export const CLUSTER_ROLES: Kind<Role> = { ...rbac, kind: 'ClusterRole', plural: 'clusterroles', namespaced: false };
export const ROLE_BINDINGS: Kind<RoleBinding> = {
  ...rbac,
  ...binding,
  kind: 'RoleBinding',
  plural: 'rolebindings',
  namespaced: true,
};
export const CLUSTER_ROLE_BINDINGS: Kind<RoleBinding> = {
  ...rbac,
  ...binding,
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  namespaced: false,
};
