import type { ClusterUser } from '../../kernel/ports.ts';
import { CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, ROLE_BINDINGS, ROLES } from '../kinds/rbac.ts';
import type { PolicyRule, RoleBinding } from '../network-model.ts';
import type { Objects } from '../registry/objects.ts';
import { ApiError } from './errors.ts';

/** A request as the authorizer sees it (kubernetes.io/docs/reference/access-authn-authz/authorization). */
export interface Attributes {
  readonly verb: string;
  readonly group: string;
  /** With its subresource: `pods/log`. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

/** May do everything: the operator's own group. */
export const MASTERS = 'system:masters';

/** Paths for every authenticated user: discovery and health. */
const DISCOVERY = /^\/(api|apis|openapi|version|healthz|livez|readyz)(\/|$)/;

/** Whether a user may read a path without a resource. */
export function mayDiscover(user: ClusterUser, path: string): boolean {
  return user.groups.includes(MASTERS) || DISCOVERY.test(path);
}

/** Throws 403 unless a bound role of the user allows the action. Nothing can deny what a role allows. */
export function authorize(objects: Objects, user: ClusterUser, attributes: Attributes): void {
  if (!isAllowed(objects, user, attributes)) throw denied(user, attributes);
}

/** Whether a bound role of the user allows the action. */
export function isAllowed(objects: Objects, user: ClusterUser, attributes: Attributes): boolean {
  if (user.groups.includes(MASTERS)) return true;
  const { namespace } = attributes;
  const cluster = rulesOf(objects, objects.list(CLUSTER_ROLE_BINDINGS), user);
  const local = namespace === undefined ? [] : rulesOf(objects, objects.list(ROLE_BINDINGS, namespace), user);
  return [...cluster, ...local].some((rule) => allows(rule, attributes));
}

function rulesOf(objects: Objects, bindings: readonly RoleBinding[], user: ClusterUser): PolicyRule[] {
  const mine = bindings.filter((binding) =>
    (binding.subjects ?? []).some((subject) => isSubject(subject, binding, user)),
  );
  return mine.flatMap(({ roleRef, metadata }) => {
    const role =
      roleRef.kind === 'ClusterRole'
        ? objects.get(CLUSTER_ROLES, undefined, roleRef.name)
        : objects.get(ROLES, metadata.namespace, roleRef.name);
    return role?.rules ?? [];
  });
}

function isSubject(
  subject: { kind: string; name: string; namespace?: string },
  binding: RoleBinding,
  user: ClusterUser,
): boolean {
  if (subject.kind === 'User') return subject.name === user.username;
  if (subject.kind === 'Group') return user.groups.includes(subject.name);
  const namespace = subject.namespace ?? binding.metadata.namespace ?? '';
  return subject.kind === 'ServiceAccount' && user.username === `system:serviceaccount:${namespace}:${subject.name}`;
}

function allows(rule: PolicyRule, { verb, group, resource, name }: Attributes): boolean {
  const has = (list: readonly string[] | undefined, value: string) => list?.includes('*') || list?.includes(value);
  const [, subresource] = resource.split('/');
  const anyParent = subresource !== undefined && rule.resources?.includes(`*/${subresource}`);
  if (!has(rule.verbs, verb) || !has(rule.apiGroups, group) || !(anyParent || has(rule.resources, resource)))
    return false;
  const names = rule.resourceNames ?? [];
  return names.length === 0 || (name !== undefined && names.includes(name));
}

function denied(user: ClusterUser, { verb, group, resource, namespace, name }: Attributes): ApiError {
  const [plural = '', subresource] = resource.split('/');
  const type = `${plural}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`;
  const subject = name === undefined ? type : `${type} "${name}"`;
  const scope = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const message = `${subject} is forbidden: User "${user.username}" cannot ${verb} resource "${resource}" in API group "${group}" ${scope}`;
  const details = { ...(name === undefined ? {} : { name }), ...(group === '' ? {} : { group }), kind: plural };
  return new ApiError(403, 'Forbidden', message, details);
}
