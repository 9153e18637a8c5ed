import type { Access } from '../kernel/access.ts';
import type { Iam, PolicyDocument, Principal } from '../kernel/iam.ts';
import { AwsError } from '../kernel/service.ts';
import { checkTrust, decide, type Policies } from './decide.ts';
import { createKeys } from './keys.ts';
import { compilePolicy, type Statement } from './statement.ts';
import { createUsage } from './usage.ts';

interface Role {
  readonly trust: readonly Statement[];
  readonly maxSessionSeconds: number;
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const USUAL_SESSION_SECONDS = 3600;

/** The statements of a holder of policies, by the place that declares each policy. */
type Attached = Map<string, Map<string, readonly Statement[]>>;

/**
 * The account's policies and their decisions, in AWS's order for one account: an explicit Deny anywhere wins, then any Allow of an identity policy or
 * of the resource's own policy, otherwise the call is denied. A session policy must allow the call too. `keys` outlive the policies when everything
 * is declared again. A service principal has no identity policy, so only the resource's policy can allow it. Source:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function createIam(keys = createKeys()): Iam {
  const roles = new Map<string, Role>();
  const sessions = new WeakMap<PolicyDocument, readonly Statement[]>();
  const identity: Attached = new Map();
  const resource: Attached = new Map();
  const usage = createUsage();

  const policiesOn = (principal: Principal, access: Access): Policies => ({
    own: principal.kind === 'role' ? statementsOf(identity, principal.arn) : [],
    theirs: statementsOf(resource, policyHolder(access.resource)),
    session: sessionPolicy(principal),
  });

  /** A session policy belongs to no template, so its statements are neither recorded nor suspended. */
  const sessionPolicy = (principal: Principal): readonly Statement[] | undefined => {
    if (principal.kind !== 'role' || principal.policy === undefined) return undefined;
    const statements = sessions.get(principal.policy) ?? compilePolicy(principal.policy, 'identity', 'session');
    sessions.set(principal.policy, statements);
    return statements;
  };

  return {
    declareRole(arn, trust, at, maxSessionSeconds = USUAL_SESSION_SECONDS) {
      roles.set(arn, { trust: usage.remember(compilePolicy(trust, 'trust', `${at}/trust`)), maxSessionSeconds });
    },
    attach(roleArns, policy, at) {
      const statements = usage.remember(compilePolicy(policy, 'identity', at));
      for (const arn of roleArns) upsert(identity, arn).set(at, statements);
    },
    protect(resourceArn, policy: PolicyDocument, at) {
      upsert(resource, resourceArn).set(at, usage.remember(compilePolicy(policy, 'resource', at)));
    },
    require(principal, ...accesses) {
      if (principal.kind === 'operator') return;
      for (const access of accesses) decide(usage, principal, access, policiesOn(principal, access));
    },
    assume(roleArn, service, session) {
      const role = roles.get(roleArn);
      if (role === undefined) throw new AwsError('NoSuchEntity', `The role ${roleArn} cannot be found.`, 404);
      checkTrust(usage, { kind: 'service', name: service, sourceArn: '' }, roleArn, role.trust);
      return { kind: 'role', arn: roleArn, session };
    },
    assumeSession(caller, roleArn, session, policy) {
      // A missing role is denied like one that does not trust the caller, as on AWS.
      checkTrust(usage, caller, roleArn, roles.get(roleArn)?.trust ?? []);
      const principal = { kind: 'role', arn: roleArn, session, ...(policy === undefined ? {} : { policy }) } as const;
      try {
        sessionPolicy(principal);
      } catch (error) {
        throw new AwsError('MalformedPolicyDocumentException', (error as Error).message);
      }
      return principal;
    },
    maxSessionSeconds: (roleArn) => roles.get(roleArn)?.maxSessionSeconds ?? USUAL_SESSION_SECONDS,
    ...keys,
    usage: usage.usage,
    missed: usage.missed,
    suspend: usage.suspend,
  };
}

function statementsOf(attached: Attached, holder: string): readonly Statement[] {
  return [...(attached.get(holder)?.values() ?? [])].flat();
}

/** The policy of a bucket or log group guards its objects or streams. */
function policyHolder(arn: string): string {
  return arn.startsWith('arn:aws:s3:::') ? (arn.split('/', 1)[0] ?? arn) : arn;
}

function upsert<K, V>(map: Map<string, Map<K, V>>, key: string): Map<K, V> {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = new Map<K, V>();
  map.set(key, made);
  return made;
}
