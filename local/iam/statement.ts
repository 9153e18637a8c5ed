import type { Access } from '../kernel/access.ts';
import type { PolicyDocument, PolicyStatement, Principal } from '../kernel/iam.ts';
import { ACCOUNT } from '../kernel/kernel.ts';
import { type Condition, type Context, compileCondition, strings } from './condition.ts';
import { arnParts, matchesAction, matchesArn } from './pattern.ts';

/** The verdict of a statement on a call: none, or its effect on this action, resource and condition. */
export interface Statement {
  readonly id: string;
  readonly effect: 'Allow' | 'Deny';
  applies(access: Access, context: Context): boolean;
  /** How the statement's `Principal` names the caller; statements of identity policies name nobody. */
  names(principal: Principal): Naming;
}

/**
 * `account` is a principal of `arn:aws:iam::<account>:root`: its Deny holds for everyone in the account, while its Allow only
 * delegates to identity policies and grants nothing by itself.
 */
export type Naming = 'none' | 'account' | 'caller';

const ELEMENTS = new Set(['Sid', 'Effect', 'Principal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition']);

/** Compiles a policy's statements; `kind` decides which elements each must have. Throws, by name, for elements that are not emulated. */
export function compilePolicy(
  policy: PolicyDocument,
  kind: 'identity' | 'resource' | 'trust',
  at: string,
): readonly Statement[] {
  const statements = [policy.Statement].flat() as readonly PolicyStatement[];
  return statements.map((statement, index) => compileStatement(statement, kind, `${at}/${index}`));
}

function compileStatement(statement: PolicyStatement, kind: 'identity' | 'resource' | 'trust', id: string): Statement {
  for (const element of Object.keys(statement)) {
    if (!ELEMENTS.has(element)) throw new Error(`local cloud: policy element ${element} of ${id} is not emulated`);
  }
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny') {
    throw new Error(`${id}: Effect must be Allow or Deny`);
  }
  if ((statement.Principal === undefined) !== (kind === 'identity')) {
    throw new Error(`${id}: a ${kind} policy's statement ${kind === 'identity' ? 'has no' : 'needs a'} Principal`);
  }
  const action = compileAction(statement, id);
  const resource = compileResource(statement, kind, id);
  const condition: Condition = compileCondition(statement.Condition, id);
  return {
    id,
    effect: statement.Effect,
    applies: (access, context) => action(access.action) && resource(access.resource) && condition(context),
    names: compilePrincipal(statement.Principal, id),
  };
}

function compileAction(statement: PolicyStatement, id: string): (action: string) => boolean {
  const listed = statement.Action ?? statement.NotAction;
  if (listed === undefined || (statement.Action !== undefined && statement.NotAction !== undefined)) {
    throw new Error(`${id}: a statement has either Action or NotAction`);
  }
  const patterns = strings(listed, `${id}: Action`);
  const wanted = statement.Action !== undefined;
  return (action) => patterns.some((pattern) => matchesAction(pattern, action)) === wanted;
}

function compileResource(statement: PolicyStatement, kind: string, id: string): (resource: string) => boolean {
  if (statement.Resource !== undefined && statement.NotResource !== undefined) {
    throw new Error(`${id}: a statement has either Resource or NotResource`);
  }
  const listed = statement.Resource ?? statement.NotResource;
  if (listed === undefined) {
    if (kind === 'identity') throw new Error(`${id}: an identity policy's statement needs a Resource`);
    return () => true;
  }
  const patterns = strings(listed, `${id}: Resource`);
  for (const pattern of patterns) {
    if (pattern.includes('${')) throw new Error(`local cloud: policy variable in ${pattern} of ${id} is not emulated`);
    if (pattern !== '*' && arnParts(pattern) === undefined) throw new Error(`${id}: resource ${pattern} is not an ARN`);
  }
  const wanted = statement.Resource !== undefined;
  // An action without its own resource is checked with `*`, which only a `*` in the policy grants.
  return (resource) => patterns.some((pattern) => pattern === resource || matchesArn(pattern, resource)) === wanted;
}

function compilePrincipal(listed: PolicyStatement['Principal'], id: string): (principal: Principal) => Naming {
  if (listed === undefined) return () => 'none';
  if (listed === '*') return () => 'caller';
  const kinds = Object.entries(listed).map(([kind, names]) => [kind, strings(names, `${id}: Principal`)] as const);
  for (const [kind] of kinds) {
    if (kind !== 'AWS' && kind !== 'Service' && kind !== 'Federated') {
      throw new Error(`local cloud: principal ${kind} of ${id} is not emulated`);
    }
  }
  const aws = kinds.filter(([kind]) => kind === 'AWS').flatMap(([, names]) => names);
  const services = kinds.filter(([kind]) => kind === 'Service').flatMap(([, names]) => names);
  const account = aws.some((name) => name === ACCOUNT || name === `arn:aws:iam::${ACCOUNT}:root`);
  return (principal) => {
    if (aws.includes('*')) return 'caller';
    if (principal.kind === 'service') return services.includes(principal.name) ? 'caller' : 'none';
    if (principal.kind === 'role' && aws.includes(principal.arn)) return 'caller';
    return account ? 'account' : 'none';
  };
}
