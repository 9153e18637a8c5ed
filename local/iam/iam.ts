import { randomBytes } from 'node:crypto';
import type { Credentials, Iam, PolicyDocument, Principal } from '../kernel/iam.ts';
import { ACCOUNT } from '../kernel/kernel.ts';
import { type Access, AwsError } from '../kernel/service.ts';
import type { Context } from './condition.ts';
import { compilePolicy, type Statement } from './statement.ts';

/**
 * The account's policies and their decisions, by AWS's order for one account: an explicit Deny anywhere wins, then any Allow
 * of an identity policy or of the resource's own policy, else the call is denied. A service principal has no identity
 * policy, so that only the resource's policy can allow it.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function createIam(): Iam {
  const trusts = new Map<string, readonly Statement[]>();
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
  /** True where one of `candidates`, each of which would allow the call, is in force: then it is recorded, else all are missed. */
  const recordFirst = (candidates: readonly Statement[]): boolean => {
    const allow = candidates.find(({ id }) => !suspended.has(id));
    if (allow !== undefined) count(allowed, allow.id);
    else for (const { id } of candidates) count(missed, id);
    return allow !== undefined;
  };

  const decide = (principal: Principal, access: Access): void => {
    const context = contextOf(principal, access.context);
    const applies = (statement: Statement) => statement.applies(access, context);
    const own = principal.kind === 'role' ? statementsOf(identity.get(principal.arn)).filter(applies) : [];
    const theirs = statementsOf(resource.get(policyHolder(access.resource))).filter(applies);
    if (own.some(({ effect }) => effect === 'Deny')) {
      throw denied(principal, access, 'with an explicit deny in an identity-based policy');
    }
    if (theirs.some((statement) => statement.effect === 'Deny' && statement.names(principal) !== 'none')) {
      throw denied(principal, access, 'with an explicit deny in a resource-based policy');
    }
    const naming = theirs.filter((each) => each.effect === 'Allow' && each.names(principal) === 'caller');
    if (!recordFirst([...own, ...naming])) {
      const kind = principal.kind === 'service' ? 'resource-based' : 'identity-based';
      throw denied(principal, access, `because no ${kind} policy allows the ${access.action} action`);
    }
  };

  return {
    declareRole: (arn, trust, at) => void trusts.set(arn, remember(compilePolicy(trust, 'trust', `${at}/trust`))),
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
      const caller: Principal = { kind: 'service', name: service, sourceArn: '' };
      const access: Access = { action: 'sts:AssumeRole', resource: roleArn };
      const trust = trusts.get(roleArn);
      if (trust === undefined) throw new AwsError('NoSuchEntity', `The role ${roleArn} cannot be found.`, 404);
      const context = contextOf(caller, undefined);
      const naming = trust.filter((each) => each.applies(access, context) && each.names(caller) === 'caller');
      if (naming.some(({ effect }) => effect === 'Deny') || !recordFirst(naming)) {
        throw denied(caller, access, 'because no resource-based policy allows the sts:AssumeRole action');
      }
      return { kind: 'role', arn: roleArn, session };
    },
    credentials: keys.credentials,
    identify: keys.identify,
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

function createKeys(): Pick<Iam, 'credentials' | 'identify'> {
  const byPrincipal = new Map<string, Credentials>();
  const byKey = new Map<string, { readonly principal: Principal; readonly credentials: Credentials }>();
  return {
    credentials(principal) {
      const name = JSON.stringify(principal);
      const known = byPrincipal.get(name);
      if (known !== undefined) return known;
      const credentials: Credentials = {
        accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
        secretAccessKey: randomBytes(30).toString('base64url'),
        sessionToken: randomBytes(48).toString('base64url'),
      };
      byPrincipal.set(name, credentials);
      byKey.set(credentials.accessKeyId, { principal, credentials });
      return credentials;
    },
    identify: (accessKeyId) => byKey.get(accessKeyId),
  };
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
