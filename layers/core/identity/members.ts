import { GantryError } from '@gantry/contract/errors.ts';
import type { Member, MemberUpdate, Transfer } from '@gantry/contract/schemas/identity.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { item } from '../kernel/entity.ts';
import { willAnswer } from '../kernel/idempotency/execution.ts';
import { type PageQuery, page, pageOptions } from '../kernel/page.ts';
import { retryStale, transact } from '../kernel/transact.ts';
import {
  MembershipEntity,
  type MembershipRecord,
  SeatEntity,
  type TeamRecord,
  TokenEntity,
} from '../records/identity.ts';
import { membershipAt, teamAt } from '../records/identity-lookups.ts';
import {
  changeTeam,
  countTeam,
  endedMembership,
  memberChange,
  ownersAfter,
  replaceMembership,
  requireOutranked,
} from './changes.ts';
import { checkGrants } from './grants.ts';
import { viewMember } from './view.ts';

interface MemberPath {
  readonly teamId: string;
  readonly userId: string;
}

/** A team's members. */
export async function listMembers(caller: Caller, { teamId }: { teamId: string }, query: PageQuery) {
  await authorise(caller, 'member.read', { teamId });
  return page(query, () => MembershipEntity.query.primary({ teamId }).go(pageOptions(query)), viewMember);
}

/**
 * Changes a member's roles. Only an owner makes or changes owners; the last owner stays one (Conflict). With `ifMatch`, only at that version of the
 * member.
 */
export function updateMember(
  caller: Caller,
  path: MemberPath,
  input: MemberUpdate,
  ifMatch: number | undefined,
): Promise<Member> {
  const { teamId } = path;
  return retryStale(async () => {
    const { role: own, found } = await authorise(
      caller,
      'member.manage',
      { teamId },
      teamAt(teamId),
      membershipAt(teamId, path.userId),
    );
    const [team, before] = found;
    if (ifMatch !== undefined && ifMatch !== before.version)
      throw new GantryError('PreconditionFailed', `The member is at version ${before.version}. Read it again.`);
    requireOutranked(own, before.role, 'change an');
    const given = await checkGrants(teamId, input);
    requireOutranked(own, given.role, 'make somebody an');
    const next = changeTeam(team, { owners: ownersAfter(before.role, given.role) });
    const { role: _, ...unchanged } = before;
    const after: MembershipRecord = { ...unchanged, ...given, version: next.team.version };
    const reply = willAnswer(viewMember(after));
    await transact(
      [next.write, replaceMembership(before, after)],
      memberChange('member.changed', after, caller.userId),
    );
    return reply;
  });
}

/** Transfers the caller's ownership to another member, in one transaction: the team has an owner at every moment. */
export function transferTeam(caller: Caller, { teamId }: { teamId: string }, { userId }: Transfer): Promise<Member> {
  return retryStale(async () => {
    const { found, membership } = await authorise(
      caller,
      'team.transfer',
      { teamId },
      teamAt(teamId),
      membershipAt(teamId, userId),
    );
    const [team, heir] = found;
    if (heir.role === 'owner') throw new GantryError('Conflict', 'This member is an owner already.');
    // Two members change: each change has its own event and version.
    const next = changeTeam(team, { versions: 2 });
    const { version } = next.team;
    const crowned: MembershipRecord = { ...heir, role: 'owner', projectRoles: {}, version: version - 1 };
    const retired: MembershipRecord = { ...membership, role: 'admin', version };
    const reply = willAnswer(viewMember(crowned));
    await transact(
      [next.write, replaceMembership(heir, crowned), replaceMembership(membership, retired)],
      memberChange('member.changed', crowned, caller.userId),
      memberChange('member.changed', retired, caller.userId),
    );
    return reply;
  });
}

/** Removes a member and ends their tokens. Only an owner removes owners; the last owner stays (Conflict). */
export function removeMember(caller: Caller, { teamId, userId }: MemberPath): Promise<Member> {
  return retryStale(async () => {
    const { role, found } = await authorise(
      caller,
      'member.manage',
      { teamId },
      teamAt(teamId),
      membershipAt(teamId, userId),
    );
    requireOutranked(role, found[1].role, 'remove an');
    return endMembership(caller, ...found);
  });
}

/** Ends the caller's membership and their tokens. The last owner stays (Conflict). */
export function leaveTeam(caller: Caller, { teamId }: { teamId: string }): Promise<Member> {
  return retryStale(async () => {
    const { found, membership } = await authorise(caller, 'team.leave', { teamId }, teamAt(teamId));
    return endMembership(caller, found[0], membership);
  });
}

async function endMembership(caller: Caller, team: TeamRecord, member: MembershipRecord): Promise<Member> {
  const { teamId, email, subject } = member;
  const next = changeTeam(team, { members: -1, owners: ownersAfter(member.role, undefined) });
  const gone: MembershipRecord = { ...member, version: next.team.version };
  const reply = willAnswer(viewMember(gone));
  await transact(
    [
      next.write,
      endedMembership(member),
      { item: item.remove(SeatEntity.delete({ teamId, email })) },
      countTeam(subject, -1),
      ...(member.tokenIds ?? []).map((id) => ({ item: item.remove(TokenEntity.delete({ id })) })),
    ],
    memberChange('member.removed', gone, caller.userId),
  );
  return reply;
}
