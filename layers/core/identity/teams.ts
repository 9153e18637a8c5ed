import { signOutEverywhere } from '@gantry/cloud/cognito.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { NewTeam, Session, SignedOut, Team, TeamUpdate } from '@gantry/contract/schemas/identity.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { item } from '../kernel/entity.ts';
import { willAnswer } from '../kernel/idempotency/execution.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { retryStale, transact } from '../kernel/transact.ts';
import { MembershipEntity, UserEntity } from '../records/identity.ts';
import { membershipAt, teamAt, userAt } from '../records/identity-lookups.ts';
import { changeTeam, MAX_TEAMS, tooManyTeams } from './changes.ts';
import { newTeam } from './founding.ts';
import { waitingInvitations } from './invitations.ts';
import { viewInvitation, viewTeam, viewUser } from './view.ts';

/** The caller, their teams with their roles, and their open invitations. For an API token: its one team. */
export async function getSession(caller: Caller): Promise<Session> {
  const { subject, userId, token } = caller;
  if (token !== undefined) {
    const { found, grants } = await authorise(
      caller,
      'team.read',
      { teamId: token.teamId },
      teamAt(token.teamId),
      userAt(subject),
    );
    const [team, user] = found;
    const { role = null, projectRoles } = grants;
    return { user: viewUser(user), teams: [{ team: viewTeam(team), role, projectRoles }], invitations: [] };
  }
  const [[user], joined, invitations] = await Promise.all([
    lookUp(userAt(subject)),
    MembershipEntity.query.byUser({ userId }).go({ limit: MAX_TEAMS }),
    waitingInvitations(caller.email),
  ]);
  // The index finds the teams; the memberships are read consistently, so that a removed member is out here too.
  const ids = joined.data.map(({ teamId }) => teamId);
  const [teams, memberships] = await Promise.all([
    lookUp(...ids.map((teamId) => optional(teamAt(teamId)))),
    lookUp(...ids.map((teamId) => optional(membershipAt(teamId, userId)))),
  ]);
  return {
    user: viewUser(user),
    teams: teams.flatMap((team, index) => {
      const member = memberships[index];
      if (team === undefined || member === undefined) return [];
      return [{ team: viewTeam(team), role: member.role ?? null, projectRoles: member.projectRoles }];
    }),
    invitations: invitations.map(viewInvitation),
  };
}

/** Ends every session of the caller. From the next request on, earlier access tokens and tickets are refused, and live connections end. */
export async function endSession(caller: Caller): Promise<SignedOut> {
  // Once recorded, this token cannot repeat a failed request.
  await signOutEverywhere(caller.subject);
  const signedOutAt = new Date().toISOString();
  const { subject, userId } = caller;
  await transact([{ item: item.update(UserEntity.patch({ subject }).set({ signedOutAt })) }], {
    name: 'session.ended',
    aggregate: { id: userId, version: Date.parse(signedOutAt) },
    actor: userId,
    data: { userId, signedOutAt },
  });
  return { signedOutAt };
}

/** Creates a team that the caller owns. Throws Forbidden for a caller without any team, whom nobody invited. */
export function createTeam(caller: Caller, { slug, name = slug }: NewTeam): Promise<Team> {
  return retryStale(async () => {
    const [user] = await lookUp(userAt(caller.subject));
    if (user.teams === 0)
      throw new GantryError('Forbidden', 'Only a member of a team of this installation can create another.');
    if (user.teams >= MAX_TEAMS) throw tooManyTeams();
    const { team, writes, changes } = newTeam({ slug, name }, user);
    const reply = willAnswer(viewTeam(team));
    // Checks the membership that was read: a caller who leaves their last team at the same time creates no team.
    const counted = UserEntity.patch({ subject: user.subject })
      .add({ teams: 1 })
      .where(({ teams }, { eq }) => eq(teams, user.teams));
    await transact([...writes, { item: item.update(counted) }], ...changes);
    return reply;
  });
}

/** A team. */
export async function getTeam(caller: Caller, { teamId }: { teamId: string }): Promise<Team> {
  const { found } = await authorise(caller, 'team.read', { teamId }, teamAt(teamId));
  return viewTeam(found[0]);
}

/** Renames a team; with `ifMatch`, only at that version. */
export function updateTeam(
  caller: Caller,
  { teamId }: { teamId: string },
  { name }: TeamUpdate,
  ifMatch: number | undefined,
): Promise<Team> {
  return retryStale(async () => {
    const { found } = await authorise(caller, 'team.update', { teamId }, teamAt(teamId));
    const [before] = found;
    if (ifMatch !== undefined && ifMatch !== before.version)
      throw new GantryError('PreconditionFailed', `The team is at version ${before.version}. Read it again.`);
    const { team, write } = changeTeam(before, { name });
    await transact([write], {
      name: 'team.updated',
      teamId,
      aggregate: team,
      actor: caller.userId,
      data: viewTeam(team),
    });
    return viewTeam(team);
  });
}
