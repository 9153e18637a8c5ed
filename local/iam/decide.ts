import type { Access } from '../kernel/access.ts';
import type { Principal } from '../kernel/iam.ts';
import { ACCOUNT } from '../kernel/kernel.ts';
import { AwsError } from '../kernel/service.ts';
import { callerArn } from './caller.ts';
import type { Context } from './condition.ts';
import type { Naming, Statement } from './statement.ts';
import type { Usage } from './usage.ts';

/**
 * A key's own policy decides: identity policies count only if it delegates to the account. Source:
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
 */
const KEYS = 'arn:aws:kms:';

/** The statements that may apply to a call. */
export interface Policies {
  /** Of the caller's identity policies. */
  readonly own: readonly Statement[];
  /** Of the resource's own policies. */
  readonly theirs: readonly Statement[];
  /** The statements of the session's policy, if it has one. */
  readonly session: readonly Statement[] | undefined;
}

/** Throws an `AccessDeniedException` unless the policies allow the access. */
export function decide({ isOpen }: Usage, principal: Principal, access: Access, policies: Policies): void {
  const context = contextOf(principal, access.context);
  const applies = (statement: Statement) => statement.applies(access, context);
  const own = policies.own.filter(applies);
  const theirs = policies.theirs.filter(applies);
  refuseDenied(principal, access, { own, theirs, session: policies.session?.filter(applies) });
  const named = (as: Naming) => theirs.filter((each) => each.effect === 'Allow' && each.names(principal) === as);
  const ways = access.resource.startsWith(KEYS)
    ? [[named('caller')], [own, named('account')]]
    : [[[...own, ...named('caller')]]];
  if (isOpen(...ways)) return;
  const kind = principal.kind === 'service' ? 'resource-based' : 'identity-based';
  throw denied(principal, access, `because no ${kind} policy allows the ${access.action} action`);
}

/** Throws when a policy denies the access, or the session's policy does not allow it; all statements apply to it. */
function refuseDenied(principal: Principal, access: Access, { own, theirs, session }: Policies): void {
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
}

/** Throws an `AccessDeniedException` unless the role's trust policy lets the caller assume it. */
export function checkTrust({ isOpen }: Usage, caller: Principal, roleArn: string, trust: readonly Statement[]): void {
  const access: Access = { action: 'sts:AssumeRole', resource: roleArn };
  const context = contextOf(caller, undefined);
  const naming = trust.filter((each) => each.applies(access, context) && each.names(caller) !== 'none');
  if (naming.some(({ effect }) => effect === 'Deny') || !isOpen([naming])) {
    throw denied(caller, access, 'because no resource-based policy allows the sts:AssumeRole action');
  }
}

function denied(principal: Principal, { action, resource }: Access, why: string): AwsError {
  const who = `${principal.kind === 'service' ? 'Service' : 'User'}: ${callerArn(principal)}`;
  return new AwsError(
    'AccessDeniedException',
    `${who} is not authorized to perform: ${action} on resource: ${resource} ${why}`,
    403,
  );
}

function contextOf(principal: Principal, given: Context | undefined): Context {
  const context: Record<string, string | readonly string[]> = {
    // The endpoint is plain HTTP on loopback, which no other machine can read: this counts as TLS.
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
