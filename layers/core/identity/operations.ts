import { type AccessToken, verifyAccessToken } from '@gantry/cloud/cognito.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Caller } from '../access/caller.ts';
import { hasSignedOut, sessionGround } from '../access/grounds.ts';
import { relyOn } from '../kernel/authority.ts';
import { lookUp } from '../kernel/lookup.ts';
import { UserEntity, type UserRecord } from '../records/identity.ts';
import { userAt } from '../records/identity-lookups.ts';
import { bearerOfToken, isApiToken } from './secrets.ts';

/**
 * The caller of a bearer token: an access token of the user pool, or an API token. One round trip. Throws Unauthenticated for an invalid token,
 * Forbidden for a user who was not admitted yet (`GET /v1/session` admits them), and Unavailable when the pool's keys cannot be read.
 */
export async function authenticate(bearer: string): Promise<Caller> {
  if (isApiToken(bearer)) return bearerOfToken(bearer);
  const { account, user } = await userBehind(bearer);
  if (user === undefined) {
    throw new GantryError(
      'Forbidden',
      'This account has not been admitted yet. GET /v1/session admits invited people.',
    );
  }
  return callerOf(user, account);
}

/** The caller of an access token. Their changes commit only while they have not signed out. */
export function callerOf({ id, email, subject }: UserRecord, { issuedAt }: Pick<AccessToken, 'issuedAt'>): Caller {
  relyOn(sessionGround(subject, issuedAt));
  return { userId: id, email, subject, issuedAt };
}

/** The user of an access token, if one exists, and the account in the token. */
export async function userBehind(bearer: string) {
  const account = await verify(bearer);
  const { data } = await UserEntity.get({ subject: account.subject }).go({ consistent: true });
  if (data === null) return { account, user: undefined };
  if (hasSignedOut(data, account.issuedAt)) throw signedOut();
  return { account, user: data };
}

/** Makes later commits depend on a connection's sign-in. Throws Unauthenticated when its user has signed out since. */
export async function requireSession({ subject, issuedAt = 0 }: Caller): Promise<void> {
  const [user] = await lookUp(userAt(subject));
  if (hasSignedOut(user, issuedAt)) throw signedOut();
  relyOn(sessionGround(subject, issuedAt));
}

function signedOut(): GantryError {
  return new GantryError('Unauthenticated', 'You have signed out. Sign in again.');
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
