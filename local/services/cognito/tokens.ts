import { randomUUID } from 'node:crypto';
import type { PoolClient } from './directory.ts';
import type { Family } from './families.ts';
import type { Keys } from './keys.ts';
import type { User } from './users.ts';

export interface TokenSet {
  readonly access_token: string;
  readonly id_token?: string;
  readonly refresh_token?: string;
  readonly expires_in: number;
  readonly token_type: 'Bearer';
}

/** Signs the tokens of a sign-in whose family has the id `id`. The scope `openid` adds an ID token. */
export async function tokenSet(
  keys: Keys,
  id: string,
  { poolId, scope, authTime }: Family,
  client: PoolClient,
  user: User,
  more: { readonly nonce?: string; readonly refreshToken?: string },
): Promise<TokenSet> {
  const common = { sub: user.sub, origin_jti: id, event_id: randomUUID(), auth_time: Math.floor(authTime) };
  const access = { ...common, client_id: client.id, token_use: 'access', scope, username: user.sub, version: 2 };
  const identity = {
    ...common,
    aud: client.id,
    token_use: 'id',
    'cognito:username': user.sub,
    email: user.email,
    email_verified: user.attributes.email_verified === 'true',
    ...(more.nonce === undefined ? {} : { nonce: more.nonce }),
  };
  const set: TokenSet = {
    access_token: await keys.sign(poolId, access, client.accessTokenSeconds),
    expires_in: client.accessTokenSeconds,
    token_type: 'Bearer',
  };
  return {
    ...set,
    ...(scope.split(' ').includes('openid')
      ? { id_token: await keys.sign(poolId, identity, client.idTokenSeconds) }
      : {}),
    ...(more.refreshToken === undefined ? {} : { refresh_token: more.refreshToken }),
  };
}
