import { GantryError } from '@gantry/contract/errors.ts';
import { includes, type Role } from '@gantry/contract/roles.ts';
import { item } from '../kernel/entity.ts';
import type { Write } from '../kernel/write.ts';
import {
  MembershipEntity,
  type MembershipRecord,
  TeamEntity,
  type TeamRecord,
  UserEntity,
} from '../records/identity.ts';
import { viewMember } from './view.ts';

/** How many teams a user may belong to. */
export const MAX_TEAMS = 50;
const MAX_MEMBERS = 200;

interface TeamChange {
  readonly owners?: number;
  readonly members?: number;
  readonly invitations?: number;
  readonly name?: string;
  /** The number of events that report the change: each needs its own version. */
  readonly versions?: number;
}

/**
 * The team after a change of its owners, members or name, and the write of the change. The write holds only at the version that was read, so
 * decisions by its counters hold in the transaction. Throws Conflict when no owner would be left, and QuotaExceeded when there are too many members.
 */
export function changeTeam(
  team: TeamRecord,
  { owners = 0, members = 0, invitations = 0, name = team.name, versions = 1 }: TeamChange,
): { readonly team: TeamRecord; readonly write: Write } {
  if (team.owners + owners < 1)
    throw new GantryError('Conflict', 'A team needs an owner, and this is its last. Hand the team to somebody first.');
  if (members > 0 && team.members + members > MAX_MEMBERS)
    throw new GantryError('QuotaExceeded', `A team can have ${MAX_MEMBERS} members, and this one has as many.`);
  const version = team.version + versions;
  const update = TeamEntity.patch({ id: team.id })
    .set({ name, version })
    .add({ owners, members, invitations })
    .where((read, { eq }) => eq(read.version, team.version));
  return { team: { ...team, name, version }, write: { item: item.update(update) } };
}

/** How a change of a role changes the number of owners. */
export function ownersAfter(before: Role | undefined, after: Role | undefined): number {
  return Number(after === 'owner') - Number(before === 'owner');
}

/** Counts a team that a user joins (1) or leaves (-1). The transaction throws QuotaExceeded when the user has too many. */
export function countTeam(subject: string, by: 1 | -1): Write {
  const update = UserEntity.patch({ subject }).add({ teams: by });
  if (by < 0) return { item: item.update(update) };
  return {
    item: item.update(update.where(({ teams }, { lt }) => lt(teams, MAX_TEAMS))),
    otherwise: tooManyTeams(),
  };
}

export function tooManyTeams(): GantryError {
  return new GantryError('QuotaExceeded', `A user can belong to ${MAX_TEAMS} teams. Leave one first.`);
}

/** Writes a membership at the version that was read. */
export function replaceMembership(before: MembershipRecord, after: MembershipRecord): Write {
  const { teamId, userId } = before;
  const update = MembershipEntity.patch({ teamId, userId }).set({
    projectRoles: after.projectRoles,
    version: after.version,
  });
  const withRole = after.role === undefined ? update.remove(['role']) : update.set({ role: after.role });
  return { item: item.update(withRole.where((read, { eq }) => eq(read.version, before.version))) };
}

/** The event of a change to a member. It is an event of the team, ordered by the team's version. */
export function memberChange<N extends 'member.joined' | 'member.changed' | 'member.removed'>(
  name: N,
  member: MembershipRecord,
  actor: string,
) {
  const { teamId } = member;
  return { name, teamId, aggregate: { id: teamId, version: member.version }, actor, data: viewMember(member) };
}

/** Ends a membership if it is unchanged since it was read, tokens included. */
export function endedMembership({ teamId, userId, version, tokenIds }: MembershipRecord): Write {
  const end = MembershipEntity.delete({ teamId, userId }).where((read, { eq, notExists, contains, size, value }) => {
    const same = eq(read.version, version);
    if (tokenIds === undefined || tokenIds.length === 0) return `${same} AND ${notExists(read.tokenIds)}`;
    // `version` is a number: `value` makes it a placeholder.
    const count = value(read.version, tokenIds.length);
    const each = tokenIds.map((id) => contains(read.tokenIds, id)).join(' AND ');
    return `${same} AND ${size(read.tokenIds)} = ${count} AND ${each}`;
  });
  return { item: item.remove(end) };
}

/** Throws Forbidden when the caller would give, change or remove a role above their own. */
export function requireOutranked(own: Role, role: Role | undefined, what: string): void {
  if (role !== undefined && !includes(own, role))
    throw new GantryError(
      'Forbidden',
      `Your role on this team is ${own}, which does not allow you to ${what} ${role}.`,
    );
}
