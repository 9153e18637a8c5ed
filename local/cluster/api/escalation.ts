import type { ClusterUser } from '../../kernel/ports.ts';
import { CLUSTER_ROLES, ROLES } from '../kinds/rbac.ts';
import type { PolicyRule } from '../network-model.ts';
import type { Objects } from '../registry/objects.ts';
import { ApiError } from './errors.ts';
import { isAllowed } from './rbac.ts';
import type { Target } from './route.ts';

/**
 * Nobody may bind a role with more rights than their own, unless they may `bind` that role. Throws 403.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#restrictions-on-role-binding-creation-or-update
 */
export function requireMayBind(objects: Objects, user: ClusterUser, { kind, namespace }: Target, body: unknown): void {
  if (kind.plural !== 'rolebindings' && kind.plural !== 'clusterrolebindings') return;
  const { kind: type, name } = roleRefIn(body);
  if (name === undefined) return;
  const isCluster = type === 'ClusterRole';
  const resource = isCluster ? 'clusterroles' : 'roles';
  if (isAllowed(objects, user, { verb: 'bind', group: kind.group, resource, namespace, name })) return;
  const role = isCluster ? objects.get(CLUSTER_ROLES, undefined, name) : objects.get(ROLES, namespace, name);
  const missing = (role?.rules ?? []).filter((rule) => !holds(objects, user, rule, namespace));
  if (role !== undefined && missing.length === 0) return;
  const groups = user.groups.map((group) => JSON.stringify(group)).join(' ');
  const message = `${kind.plural}.${kind.group} is forbidden: user "${user.username}" (groups=[${groups}]) is attempting to grant RBAC permissions not currently held`;
  throw new ApiError(403, 'Forbidden', message, { group: kind.group, kind: kind.plural });
}

function roleRefIn(body: unknown): { readonly kind?: string; readonly name?: string } {
  const { roleRef } = (typeof body === 'object' && body !== null ? body : {}) as { readonly roleRef?: unknown };
  return typeof roleRef === 'object' && roleRef !== null ? roleRef : {};
}

function holds(objects: Objects, user: ClusterUser, rule: PolicyRule, namespace: string | undefined): boolean {
  const { verbs, apiGroups = [], resources = [], resourceNames = [undefined] } = rule;
  return verbs.every((verb) =>
    apiGroups.every((group) =>
      resources.every((resource) =>
        resourceNames.every((name) => isAllowed(objects, user, { verb, group, resource, namespace, name })),
      ),
    ),
  );
}
