import { inviteAccount } from '@gantry/cloud/cognito.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { newId } from '@gantry/contract/ids.ts';
import type { Invitation, Member, NewInvitation } from '@gantry/contract/schemas/identity.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { item } from '../kernel/entity.ts';
import { willAnswer } from '../kernel/idempotency/execution.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { type PageQuery, page, pageOptions } from '../kernel/page.ts';
import { retryStale, transact } from '../kernel/transact.ts';
import type { Write } from '../kernel/write.ts';
import {
  InvitationEntity,
  type InvitationRecord,
  MembershipEntity,
  type MembershipRecord,
  SeatEntity,
  type SeatRecord,
  TeamEntity,
} from '../records/identity.ts';
import { invitationAt, membershipAt, seatAt, teamAt } from '../records/identity-lookups.ts';
import { changeTeam, countTeam, memberChange, ownersAfter, requireOutranked } from './changes.ts';
import { checkGrants } from './grants.ts';
import { countMail } from './mails.ts';
import { isOver, viewInvitation, viewMember } from './view.ts';

/** The lifetime of the temporary password in the first mail. */
const VALID_DAYS = 7;
const MAX_INVITATIONS = 100;

interface InvitationPath {
  readonly teamId: string;
  readonly invitationId: string;
}

/**
 * Invites a person by e-mail, for a week; a person without an account gets a temporary password by mail. Throws Conflict for a member or an open
 * invitation; an expired invitation is replaced. Throws QuotaExceeded when too many are open, or were mailed today.
 */
export async function createInvitation(
  caller: Caller,
  { teamId }: { teamId: string },
  input: NewInvitation,
): Promise<Invitation> {
  const email = input.email.toLowerCase();
  const { role, found } = await authorise(
    caller,
    'invitation.manage',
    { teamId },
    teamAt(teamId),
    optional(seatAt(teamId, email)),
  );
  const [team, seat] = found;
  requireOutranked(role, input.role ?? undefined, 'make somebody an');
  const grants = await checkGrants(teamId, input);
  const expired = await expiredInvitation(seat);
  // Creates the account first: without an invitation it can do nothing, but an invitation without an account could not be accepted.
  await countMail(teamId, email);
  await inviteAccount(email);
  const now = Date.now();
  const invitation: InvitationRecord = {
    teamId,
    id: newId('invitation'),
    teamName: team.name,
    email,
    ...grants,
    invitedBy: caller.userId,
    createdAt: new Date(now).toISOString(),
    expiresAt: new Date(now + VALID_DAYS * 24 * 3600_000).toISOString(),
  };
  const reply = willAnswer(viewInvitation(invitation));
  const created = change('invitation.created', invitation, caller.userId);
  const put = { item: item.put(InvitationEntity.create(invitation)) };
  if (expired === undefined) {
    await transact([takeSeat(invitation), put, countInvitation(teamId)], created);
  } else {
    const ended = change('invitation.revoked', expired, caller.userId);
    await transact([handSeat(invitation, expired.id), removeInvitation(expired), put], ended, created);
  }
  return reply;
}

/** A team's open invitations. */
export async function listInvitations(caller: Caller, { teamId }: { teamId: string }, query: PageQuery) {
  await authorise(caller, 'invitation.manage', { teamId });
  return page(query, () => InvitationEntity.query.primary({ teamId }).go(pageOptions(query)), viewInvitation);
}

/** Revokes an invitation. */
export async function revokeInvitation(caller: Caller, { teamId, invitationId }: InvitationPath): Promise<Invitation> {
  const { found } = await authorise(caller, 'invitation.manage', { teamId }, invitationAt(teamId, invitationId));
  const [invitation] = found;
  const freed = SeatEntity.delete({ teamId, email: invitation.email }).where((seat, { eq }) =>
    eq(seat.invitationId, invitationId),
  );
  await transact(
    [
      removeInvitation(invitation),
      { item: item.remove(freed), otherwise: notThere(invitationId) },
      { item: item.update(TeamEntity.patch({ id: teamId }).add({ invitations: -1 })) },
    ],
    change('invitation.revoked', invitation, caller.userId),
  );
  return viewInvitation(invitation);
}

/**
 * Makes the caller a member by an invitation to their verified e-mail; a repeat answers the membership. Throws NotFound without an invitation for
 * them, and Conflict for an expired one.
 */
export function acceptInvitation(caller: Caller, { teamId, invitationId }: InvitationPath): Promise<Member> {
  const { userId, subject } = caller;
  return retryStale(async () => {
    const [invitation, team, member] = await lookUp(
      optional(invitationAt(teamId, invitationId)),
      optional(teamAt(teamId)),
      optional(membershipAt(teamId, userId)),
    );
    if (member?.invitationId === invitationId) return viewMember(member);
    if (team === undefined || invitation === undefined || invitation.email !== caller.email)
      throw notThere(invitationId);
    if (isOver(invitation.expiresAt))
      throw new GantryError('Conflict', `The invitation expired at ${invitation.expiresAt}. Ask for a new one.`);
    const { email, role, projectRoles } = invitation;
    const next = changeTeam(team, { members: 1, owners: ownersAfter(undefined, role), invitations: -1 });
    const joined: MembershipRecord = {
      teamId,
      userId,
      subject,
      email,
      ...(role !== undefined && { role }),
      projectRoles,
      invitationId,
      createdAt: new Date().toISOString(),
      version: next.team.version,
    };
    const seated = SeatEntity.patch({ teamId, email })
      .set({ userId })
      .remove(['invitationId'])
      .where((seat, { eq }) => eq(seat.invitationId, invitationId));
    const reply = willAnswer(viewMember(joined));
    await transact(
      [
        next.write,
        { item: item.remove(existing(invitation)) },
        { item: item.update(seated) },
        { item: item.put(MembershipEntity.create(joined)) },
        countTeam(subject, 1),
      ],
      change('invitation.accepted', invitation, userId),
      memberChange('member.joined', joined, userId),
    );
    return reply;
  });
}

/** The open invitations to an e-mail. */
export async function waitingInvitations(email: string): Promise<InvitationRecord[]> {
  const { data } = await InvitationEntity.query.byEmail({ email }).go({ limit: MAX_INVITATIONS });
  return data.filter((invitation) => !isOver(invitation.expiresAt));
}

/** The expired invitation that holds a seat. Throws Conflict when a member or a valid invitation holds it. */
async function expiredInvitation(seat: SeatRecord | undefined): Promise<InvitationRecord | undefined> {
  if (seat === undefined) return undefined;
  if (seat.invitationId === undefined) throw taken(`${seat.email} is a member of this team already.`);
  const [invitation] = await lookUp(optional(invitationAt(seat.teamId, seat.invitationId)));
  if (invitation === undefined || !isOver(invitation.expiresAt)) throw alreadyInvited(seat.email);
  return invitation;
}

function takeSeat({ teamId, email, id }: InvitationRecord): Write {
  return { item: item.put(SeatEntity.create({ teamId, email, invitationId: id })), otherwise: alreadyInvited(email) };
}

function handSeat({ teamId, email, id }: InvitationRecord, before: string): Write {
  const handed = SeatEntity.patch({ teamId, email })
    .set({ invitationId: id })
    .where((seat, { eq }) => eq(seat.invitationId, before));
  return { item: item.update(handed), otherwise: alreadyInvited(email) };
}

function countInvitation(teamId: string): Write {
  const counted = TeamEntity.patch({ id: teamId })
    .add({ invitations: 1 })
    .where(({ invitations }, { lt }) => lt(invitations, MAX_INVITATIONS));
  const detail = `A team can have ${MAX_INVITATIONS} invitations open. Revoke those that have expired.`;
  return { item: item.update(counted), otherwise: new GantryError('QuotaExceeded', detail) };
}

function existing({ teamId, id }: InvitationRecord) {
  return InvitationEntity.delete({ teamId, id }).where((read, { exists }) => exists(read.id));
}

function removeInvitation(invitation: InvitationRecord): Write {
  return { item: item.remove(existing(invitation)), otherwise: notThere(invitation.id) };
}

/** An invitation changes once: from open to accepted or revoked. */
function change<N extends 'invitation.created' | 'invitation.accepted' | 'invitation.revoked'>(
  name: N,
  invitation: InvitationRecord,
  actor: string,
) {
  const { id, teamId } = invitation;
  const version = name === 'invitation.created' ? 1 : 2;
  return { name, teamId, aggregate: { id, version }, actor, data: viewInvitation(invitation) };
}

function notThere(invitationId: string): GantryError {
  return new GantryError('NotFound', `There is no invitation ${invitationId} here.`);
}

function alreadyInvited(email: string): GantryError {
  return taken(`${email} has an invitation to this team already. Revoke it to give another.`);
}

function taken(detail: string): GantryError {
  return new GantryError('Conflict', detail, [{ field: 'body.email', message: 'is taken' }]);
}
