import { verifyAccessToken } from '@gantry/cloud/cognito.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Caller } from '../caller.ts';
import { bearerOfToken, isApiToken } from './secrets.ts';
import { UserEntity, type UserRecord } from './store.ts';

/**
 * The caller behind a bearer token: an access token of the user pool, or an API token. One round trip. Throws Unauthenticated where it does
 * not hold, Forbidden where its user has not been admitted (which `GET /v1/session` does), and Unavailable where the pool's keys cannot be had.
 */
export async function authenticate(bearer: string): Promise<Caller> {
  if (isApiToken(bearer)) return bearerOfToken(bearer);
  const { user } = await userBehind(bearer);
  if (user === undefined) {
    throw new GantryError(
      'Forbidden',
      'This account has not been let in here yet. GET /v1/session does so for whoever was invited.',
    );
  }
  return callerOf(user);
}

export function callerOf({ id, email, subject }: UserRecord): Caller {
  return { userId: id, email, subject };
}

/** The user of an access token, where there is one already, and the account that it names. */
export async function userBehind(bearer: string) {
  const account = await verify(bearer);
  const { data } = await UserEntity.get({ subject: account.subject }).go({ consistent: true });
  if (data === null) return { account, user: undefined };
  // A token tells its time in whole seconds: one of the second of the sign-out may be older than it.
  const signedOut = data.signedOutAt === undefined ? 0 : Math.floor(Date.parse(data.signedOutAt) / 1000);
  if (account.issuedAt <= signedOut) throw new GantryError('Unauthenticated', 'You have signed out. Sign in again.');
  return { account, user: data };
}

async function verify(token: string) {
  try {
    return await verifyAccessToken(token);
  } catch (cause) {
    if (cause instanceof GantryError) throw cause;
    throw new GantryError('Unauthenticated', 'The access token is not valid or has expired. Sign in again.', [], {
      cause,
    });
  }
}
