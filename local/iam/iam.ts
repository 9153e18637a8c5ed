import type { Access } from '../kernel/access.ts';
import type { Iam, PolicyDocument, Principal } from '../kernel/iam.ts';
import { ACCOUNT } from '../kernel/kernel.ts';
import { AwsError } from '../kernel/service.ts';
import type { Context } from './condition.ts';
import { createKeys } from './keys.ts';
import { compilePolicy, type Naming, type Statement } from './statement.ts';

interface Role {
  readonly trust: readonly Statement[];
  readonly maxSessionSeconds: number;
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const USUAL_SESSION_SECONDS = 3600;

/**
 * Of a key, its own policy decides: identity policies count only as far as it hands the decision to the account.
 * Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
 */
const KEYS = 'arn:aws:kms:';

/**
 * The account's policies and their decisions, by AWS's order for one account: an explicit Deny anywhere wins, then any Allow
 * of an identity policy or of the resource's own policy, else the call is denied. A session policy must allow the call too.
 * A service principal has no identity policy, so that only the resource's policy can allow it.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function createIam(): Iam {
  const roles = new Map<string, Role>();
  const sessions = new WeakMap<PolicyDocument, readonly Statement[]>();
  const identity = new Map<string, Map<string, readonly Statement[]>>();
  const resource = new Map<string, Map<string, readonly Statement[]>>();
  const suspended = new Set<string>();
  const allowed = new Map<string, number>();
  const missed = new Map<string, number>();
  const keys = createKeys();

  const remember = (statements: readonly Statement[]): readonly Statement[] => {
    for (const { id, effect } of statements) if (effect === 'Allow') allowed.set(id, allowed.get(id) ?? 0);
    return statements;
  };
  const statementsOf = (policies: ReadonlyMap<string, readonly Statement[]> | undefined): Statement[] =>
    [...(policies?.values() ?? [])].flat();
  const inForce = (statements: readonly Statement[]) => statements.find(({ id }) => !suspended.has(id));
  /**
   * True where one of `ways` is open: each of its gates has a statement that allows the call and is in force, which is recorded.
   * Else those are missed that are suspended and alone close a way.
   */
  const isOpen = (...ways: readonly (readonly (readonly Statement[])[])[]): boolean => {
    const open = ways.map((gates) => gates.map(inForce)).find((firsts) => firsts.every((each) => each !== undefined));
    for (const { id } of open ?? []) count(allowed, id);
    if (open !== undefined) return true;
    const closed = ways.filter((gates) => gates.every((gate) => gate.length > 0)).flat();
    for (const { id } of closed.filter((gate) => inForce(gate) === undefined).flat()) count(missed, id);
    return false;
  };

  const decide = (principal: Principal, access: Access): void => {
    const context = contextOf(principal, access.context);
    const applies = (statement: Statement) => statement.applies(access, context);
    const own = principal.kind === 'role' ? statementsOf(identity.get(principal.arn)).filter(applies) : [];
    const theirs = statementsOf(resource.get(policyHolder(access.resource))).filter(applies);
    const session = sessionPolicy(principal)?.filter(applies);
    if (own.some(({ effect }) => effect === 'Deny')) {
      throw denied(principal, access, 'with an explicit deny in an identity-based policy');
    }
    if (theirs.some((statement) => statement.effect === 'Deny' && statement.names(principal) !== 'none')) {
      throw denied(principal, access, 'with an explicit deny in a resource-based policy');
    }
    if (session?.some(({ effect }) => effect === 'Deny')) {
      throw denied(principal, access, 'with an explicit deny in a session policy');
    }
    if (session?.length === 0) {
      throw denied(principal, access, `because no session policy allows the ${access.action} action`);
    }
    const named = (as: Naming) => theirs.filter((each) => each.effect === 'Allow' && each.names(principal) === as);
    const ways = access.resource.startsWith(KEYS)
      ? [[named('caller')], [own, named('account')]]
      : [[[...own, ...named('caller')]]];
    if (!isOpen(...ways)) {
      const kind = principal.kind === 'service' ? 'resource-based' : 'identity-based';
      throw denied(principal, access, `because no ${kind} policy allows the ${access.action} action`);
    }
  };

  /** A session policy belongs to no template, so that its statements are neither recorded nor suspended. */
  const sessionPolicy = (principal: Principal): readonly Statement[] | undefined => {
    if (principal.kind !== 'role' || principal.policy === undefined) return undefined;
    const statements = sessions.get(principal.policy) ?? compilePolicy(principal.policy, 'identity', 'session');
    sessions.set(principal.policy, statements);
    return statements;
  };

  const checkTrust = (caller: Principal, roleArn: string, trust: readonly Statement[]): void => {
    const access: Access = { action: 'sts:AssumeRole', resource: roleArn };
    const context = contextOf(caller, undefined);
    const naming = trust.filter((each) => each.applies(access, context) && each.names(caller) !== 'none');
    if (naming.some(({ effect }) => effect === 'Deny') || !isOpen([naming])) {
      throw denied(caller, access, 'because no resource-based policy allows the sts:AssumeRole action');
    }
  };

  return {
    declareRole(arn, trust, at, maxSessionSeconds = USUAL_SESSION_SECONDS) {
      roles.set(arn, { trust: remember(compilePolicy(trust, 'trust', `${at}/trust`)), maxSessionSeconds });
    },
    attach(roleArns, policy, at) {
      const statements = remember(compilePolicy(policy, 'identity', at));
      for (const arn of roleArns) upsert(identity, arn).set(at, statements);
    },
    protect(resourceArn, policy: PolicyDocument, at) {
      upsert(resource, resourceArn).set(at, remember(compilePolicy(policy, 'resource', at)));
    },
    require(principal, ...accesses) {
      if (principal.kind === 'operator') return;
      for (const access of accesses) decide(principal, access);
    },
    assume(roleArn, service, session) {
      const role = roles.get(roleArn);
      if (role === undefined) throw new AwsError('NoSuchEntity', `The role ${roleArn} cannot be found.`, 404);
      checkTrust({ kind: 'service', name: service, sourceArn: '' }, roleArn, role.trust);
      return { kind: 'role', arn: roleArn, session };
    },
    assumeSession(caller, roleArn, session, policy) {
      // A role that is not there is denied like one that does not trust the caller, as on AWS.
      checkTrust(caller, roleArn, roles.get(roleArn)?.trust ?? []);
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
    usage: () => new Map([...allowed].sort(([a], [b]) => a.localeCompare(b))),
    missed: () => new Map(missed),
    suspend(statementId, off) {
      if (!allowed.has(statementId)) throw new AwsError('NoSuchEntity', `No Allow statement ${statementId}.`, 404);
      if (off) suspended.add(statementId);
      else suspended.delete(statementId);
    },
  };
}

/** The ARN by which AWS names a caller in messages and answers (`GetCallerIdentity`). */
export function callerArn(principal: Principal): string {
  if (principal.kind === 'operator') return `arn:aws:iam::${ACCOUNT}:user/operator`;
  if (principal.kind === 'service') return principal.name;
  const role = principal.arn.slice(principal.arn.lastIndexOf('/') + 1);
  return `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${principal.session}`;
}

function denied(principal: Principal, { action, resource }: Access, why: string): AwsError {
  const who = `${principal.kind === 'service' ? 'Service' : 'User'}: ${callerArn(principal)}`;
  return new AwsError(
    'AccessDeniedException',
    `${who} is not authorized to perform: ${action} on resource: ${resource} ${why}`,
    403,
  );
}

/** Objects and log streams are guarded by the policy of the bucket or group that holds them. */
function policyHolder(arn: string): string {
  return arn.startsWith('arn:aws:s3:::') ? (arn.split('/', 1)[0] ?? arn) : arn;
}

function contextOf(principal: Principal, given: Context | undefined): Context {
  const context: Record<string, string | readonly string[]> = {
    // The endpoint is plain HTTP on loopback, which no other machine can read: it stands for TLS.
    'aws:securetransport': 'true',
    'aws:principalaccount': ACCOUNT,
  };
  if (principal.kind === 'role') context['aws:principalarn'] = principal.arn;
  if (principal.kind === 'service') {
    context['aws:sourceaccount'] = ACCOUNT;
    if (principal.sourceArn !== '') context['aws:sourcearn'] = principal.sourceArn;
  }
  for (const [key, value] of Object.entries(given ?? {})) context[key.toLowerCase()] = value;
  return context;
}

function count(counts: Map<string, number>, id: string): void {
  counts.set(id, (counts.get(id) ?? 0) + 1);
}

function upsert<K, V>(map: Map<string, Map<K, V>>, key: string): Map<K, V> {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = new Map<K, V>();
  map.set(key, made);
  return made;
}
