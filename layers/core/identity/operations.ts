import { verifiedEmail, verifyAccessToken } from '@gantry/cloud/cognito.ts';
import { environment } from '@gantry/cloud/environment.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Session, Team } from '@gantry/contract/schemas/identity.ts';
import { authorise, lookUp } from '../access.ts';
import type { Caller } from '../caller.ts';
import { found } from './founding.ts';
import { teamAt } from './lookups.ts';
import { MembershipEntity, UserEntity, type UserRecord } from './store.ts';
import { viewTeam, viewUser } from './view.ts';

/** The most teams that a session lists. */
const MAX_TEAMS = 100;

/**
 * The caller behind a bearer token. The first sign-in of the first owner founds the installation; anybody else who was not
 * invited is Forbidden. Throws Unauthenticated where the token does not hold.
 */
export async function authenticate(token: string): Promise<Caller> {
  const user = await userBehind(token);
  return { userId: user.id, email: user.email, subject: user.subject };
}

async function userBehind(token: string): Promise<UserRecord> {
  const { subject, username } = await verify(token);
  const known = await UserEntity.get({ subject }).go({ consistent: true });
  if (known.data !== null) return known.data;
  const email = await verifiedEmail(username);
  if (email === undefined || email !== environment('FIRST_OWNER_EMAIL').toLowerCase()) {
    throw new GantryError('Forbidden', 'Nobody has invited you to this installation. Ask an owner for an invitation.');
  }
  return found(subject, email);
}

async function verify(token: string) {
  try {
    return await verifyAccessToken(token);
  } catch (cause) {
    throw new GantryError('Unauthenticated', 'The access token is not valid or has expired. Sign in again.', [], {
      cause,
    });
  }
}

/** Who is signed in, and their teams with their role on each. */
export async function getSession(caller: Caller): Promise<Session> {
  const [user, memberships] = await Promise.all([
    UserEntity.get({ subject: caller.subject }).go(),
    MembershipEntity.query.byUser({ userId: caller.userId }).go({ limit: MAX_TEAMS }),
  ]);
  if (user.data === null) throw new GantryError('Unauthenticated', 'This account is no longer here. Sign in again.');
  const teams = await lookUp(...memberships.data.map((membership) => teamAt(membership.teamId)));
  return {
    user: viewUser(user.data),
    teams: teams.map((team, index) => ({ team: viewTeam(team), role: memberships.data[index]?.role ?? 'viewer' })),
  };
}

/** One team. */
export async function getTeam(caller: Caller, { teamId }: { teamId: string }): Promise<Team> {
  const { found } = await authorise(caller, 'team.read', teamId, teamAt(teamId));
  return viewTeam(found[0]);
}
