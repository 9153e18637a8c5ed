import { evaluate } from '@marcbachmann/cel-js';
import type { ClusterUser } from '../../kernel/ports.ts';
import { ApiError, forbidden } from '../api/errors.ts';
import { ADMISSION_POLICIES, ADMISSION_POLICY_BINDINGS } from '../kinds/admission-policies.ts';
import type { Kind } from '../kinds/kind.ts';
import type { AdmissionPolicy, AdmissionRule } from '../policy-model.ts';
import type { Objects } from '../registry/objects.ts';

/** A write as a policy sees it. */
export interface Write {
  readonly user: ClusterUser;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly kind: Kind;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string;
}

/**
 * Throws when a bound ValidatingAdmissionPolicy denies the write. Expressions know only `request`, and fail at anything else; a failure denies.
 * Source: kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy
 */
export function requirePolicies(objects: Objects, write: Write): void {
  for (const { metadata, spec } of objects.list(ADMISSION_POLICY_BINDINGS)) {
    const policy = objects.get(ADMISSION_POLICIES, undefined, spec.policyName);
    if (policy === undefined || !concerns(policy, write)) continue;
    for (const { expression, message, reason } of policy.spec.validations ?? []) {
      const why = unmet(expression, write, message);
      if (why === undefined) continue;
      const by = `ValidatingAdmissionPolicy '${spec.policyName}' with binding '${metadata.name}' denied request: ${why}`;
      const refusal = forbidden(write.kind, write.name, by);
      throw reason === 'Forbidden' ? refusal : new ApiError(422, 'Invalid', refusal.message, refusal.details);
    }
  }
}

function concerns({ spec }: AdmissionPolicy, write: Write): boolean {
  const rules = spec.matchConstraints?.resourceRules ?? [];
  if (!rules.some((rule) => matches(rule, write))) return false;
  return (spec.matchConditions ?? []).every(
    ({ expression }) => evaluate(expression, { request: seen(write) }) === true,
  );
}

function matches({ apiGroups, apiVersions, operations, resources }: AdmissionRule, write: Write): boolean {
  const { kind, subresource, operation } = write;
  const has = (list: readonly string[], value: string) => list.includes('*') || list.includes(value);
  const part = subresource === undefined ? kind.plural : `${kind.plural}/${subresource}`;
  const named = resources.some(
    (each) =>
      each === '*/*' ||
      each === part ||
      (each === '*' && subresource === undefined) ||
      (each === `*/${subresource}` && subresource !== undefined),
  );
  return named && has(operations, operation) && has(apiGroups, kind.group) && has(apiVersions, kind.version);
}

function unmet(expression: string, write: Write, message: string | undefined): string | undefined {
  try {
    return evaluate(expression, { request: seen(write) }) === true
      ? undefined
      : (message ?? `failed expression: ${expression}`);
  } catch (error) {
    return `expression '${expression}' resulted in error: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** The request of an AdmissionReview, as far as expressions may use it; parts that do not apply are absent. */
function seen({ user, operation, kind, subresource, namespace, name }: Write) {
  return {
    operation,
    name,
    ...(namespace !== undefined && { namespace }),
    ...(subresource !== undefined && { subResource: subresource }),
    resource: { group: kind.group, version: kind.version, resource: kind.plural },
    userInfo: { username: user.username, groups: user.groups },
  };
}
