import { GantryError } from '@gantry/contract/errors.ts';
import {
  type Action,
  actionText,
  allows,
  covers,
  type Grants,
  narrow,
  type Role,
  roleFor,
} from '@gantry/contract/roles.ts';
import { relyOn } from '../kernel/authority.ts';
import { batchGet, type Found, type Lookup, read } from '../kernel/lookup.ts';
import type { MembershipRecord } from '../records/identity.ts';
import { membershipAt } from '../records/identity-lookups.ts';
import type { Caller, TokenLimits } from './caller.ts';
import { membershipGround } from './grounds.ts';

/** The target of an action: a team, or one of its projects. */
export interface Place<Found> {
  readonly teamId: string;
  readonly projectId?: string | undefined;
  /** Reads the project off the found record when the path does not name one. */
  readonly projectOf?: (found: Found) => string;
}

export interface Authorised<Found> {
  /** The role that counted. */
  readonly role: Role;
  readonly found: Found;
  readonly membership: MembershipRecord;
  /** The rights that the membership grants, reduced to those of the API token if there is one. */
  readonly grants: Grants;
  /** The only projects of the team that the caller may see; undefined where they may see all. */
  readonly projects: readonly string[] | undefined;
}

/**
 * Looks up and authorises in one round trip: the caller's membership of the team, and every record that the path names.
 * The order of errors: a team that the caller does not belong to, or a project without a role for them, is NotFound. Then an operation that the role
 * or the scope of the API token does not allow is Forbidden, even if the rest of the path is missing. Then a missing record is NotFound.
 * When the path does not name the project, the record is read before the role on its project. Reads are strongly consistent: a removed member is out
 * at once, and a token works only while its creator's membership lists it.
 */
export async function authorise<const L extends readonly Lookup<unknown>[]>(
  caller: Caller,
  action: Action,
  place: Place<Found<L>>,
  ...lookups: L
): Promise<Authorised<Found<L>>> {
  const { teamId } = place;
  const { token } = caller;
  const noTeam = new GantryError('NotFound', 'You belong to no such team.');
  if (token !== undefined && token.teamId !== teamId) throw noTeam;
  const lookup = membershipAt(teamId, caller.userId);
  const [record, ...records] = await batchGet([lookup, ...lookups]);
  if (record === undefined) throw noTeam;
  const membership = lookup.parse(record);
  if (token !== undefined && !membership.tokenIds?.includes(token.id)) throw noTeam;
  const grants = grantsOf(membership, token);
  const judge = (projectId: string | undefined, what: string): Role => {
    requireProject(grants, action, projectId, what);
    return allowed(roleFor(grants, action, projectId), action, projectId, token);
  };
  const { projectId, projectOf } = place;
  const early = projectOf === undefined ? judge(projectId, 'such project') : undefined;
  const found = lookups.map((each, index) => read(each, records[index])) as Found<L>;
  const role = early ?? judge(projectOf?.(found), lookups[0]?.what ?? 'such project');
  const projects = grants.role === undefined ? Object.keys(grants.projectRoles) : undefined;
  relyOn(membershipGround(membership, token));
  return { role, found, membership, grants, projects };
}

/** The rights that a membership grants to its member, or to one of their API tokens. */
function grantsOf({ role, projectRoles }: MembershipRecord, token: TokenLimits | undefined): Grants {
  const grants: Grants = { role, projectRoles };
  return token?.projectId === undefined ? grants : narrow(grants, token.projectId);
}

/** A project on which the caller holds no role counts as missing. */
function requireProject(grants: Grants, action: Action, projectId: string | undefined, what: string): void {
  if (projectId !== undefined && roleFor(grants, action, projectId) === undefined)
    throw new GantryError('NotFound', `There is no ${what} here.`);
}

function allowed(
  role: Role | undefined,
  action: Action,
  projectId: string | undefined,
  token: TokenLimits | undefined,
): Role {
  if (role === undefined) {
    const whose = token?.projectId === undefined ? 'Your role on single projects' : "The token's single project";
    throw new GantryError('Forbidden', `${whose} is not enough: you cannot ${actionText(action)}.`);
  }
  if (token !== undefined && !covers(token.scope, action)) {
    const wider = covers('all', action) ? 'Create one with --scope all.' : 'Sign in as a person to do that.';
    throw new GantryError('Forbidden', `This token cannot ${actionText(action)}. ${wider}`);
  }
  if (!allows(role, action)) {
    const where = projectId === undefined ? 'team' : 'project';
    throw new GantryError(
      'Forbidden',
      `Your role on this ${where} is ${role}, which cannot ${actionText(action)}. Ask an owner or admin.`,
    );
  }
  return role;
}
