import type { ApiToken, Invitation, Member, Team, User } from '@gantry/contract/schemas/identity.ts';
import type { InvitationRecord, MembershipRecord, TeamRecord, TokenRecord, UserRecord } from '../records/identity.ts';

export function viewTeam({ id, slug, name, createdAt, version }: TeamRecord): Team {
  return { id, slug, name, createdAt, version };
}

export function viewUser({ id, email, createdAt }: UserRecord): User {
  return { id, email, createdAt };
}

export function viewMember(record: MembershipRecord): Member {
  const { teamId, userId, email, role = null, projectRoles, createdAt: joinedAt, version } = record;
  return { userId, teamId, email, role, projectRoles, joinedAt, version };
}

export function viewInvitation(record: InvitationRecord): Invitation {
  const { id, teamId, teamName, email, role = null, projectRoles, invitedBy, createdAt, expiresAt } = record;
  const expired = isOver(expiresAt);
  return { id, teamId, teamName, email, role, projectRoles, invitedBy, createdAt, expiresAt, expired };
}

/** A token changes once: from valid to revoked. */
export function viewToken(record: TokenRecord, version = 1): ApiToken {
  const { id, teamId, userId, name, scope, projectId = null, lastFour, createdAt, expiresAt } = record;
  return { id, teamId, userId, name, scope, projectId, lastFour, createdAt, expiresAt, version };
}

/** Whether an instant has passed. */
export function isOver(instant: string): boolean {
  return Date.parse(instant) <= Date.now();
}
