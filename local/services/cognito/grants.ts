import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Directory, PoolClient } from './directory.ts';
import type { Keys } from './keys.ts';
import type { User, Users } from './users.ts';

/** What a sign-in granted, until the client redeems it with its code. */
interface Code {
  readonly poolId: string;
  readonly clientId: string;
  readonly sub: string;
  readonly redirectUri: string;
  readonly scope: string;
  readonly challenge: string;
  readonly nonce?: string;
  readonly authTime: number;
  readonly expiresAt: number;
}

/** One sign-in's line of refresh tokens; its id is the tokens' `origin_jti`. Times are in seconds since 1970. */
interface Family {
  readonly poolId: string;
  readonly clientId: string;
  readonly sub: string;
  readonly scope: string;
  readonly authTime: number;
  readonly expiresAt: number;
  readonly current: string;
  readonly previous?: string;
  readonly rotatedAt: number;
}

export interface TokenSet {
  readonly access_token: string;
  readonly id_token?: string;
  readonly refresh_token?: string;
  readonly expires_in: number;
  readonly token_type: 'Bearer';
}

/** Codes, refresh tokens and the tokens they buy. A code is good once and for five minutes. */
export interface Grants {
  issueCode(grant: Omit<Code, 'expiresAt'>): string;
  /** Undefined where the code is unknown, used, expired, another client's, or the verifier does not fit. */
  redeem(code: string, client: PoolClient, redirectUri: string, verifier: string): Promise<TokenSet | undefined>;
  /** Undefined where the token is unknown or expired. One that was rotated out before revokes its whole family. */
  refresh(token: string, client: PoolClient): Promise<TokenSet | undefined>;
  revoke(token: string, client: PoolClient): void;
  revokeAll(poolId: string, sub: string): void;
  /** Drops what has expired. */
  sweep(): void;
}

const CODE_SECONDS = 300;

export function createGrants(kernel: Kernel, directory: Directory, users: Users, keys: Keys): Grants {
  const codes = kernel.store.collection<Code>('cognito.codes');
  const families = kernel.store.collection<Family>('cognito.families');
  const now = () => Date.now() / 1000;

  async function tokens(
    id: string,
    family: Family,
    client: PoolClient,
    user: User,
    more: { nonce?: string; refreshToken?: string },
  ) {
    const { poolId, scope, authTime } = family;
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

  return {
    issueCode(grant) {
      const code = randomUUID();
      codes.put(hash(code), { ...grant, expiresAt: now() + CODE_SECONDS });
      return code;
    },
    async redeem(code, client, redirectUri, verifier) {
      const grant = codes.get(hash(code));
      codes.delete(hash(code));
      if (grant === undefined || grant.expiresAt < now() || grant.clientId !== client.id) return undefined;
      if (grant.redirectUri !== redirectUri || !same(hash(verifier), grant.challenge)) return undefined;
      const user = users.find(grant.poolId, grant.sub);
      if (user === undefined) return undefined;
      const id = randomUUID();
      const refreshToken = newToken(id);
      const family: Family = {
        poolId: grant.poolId,
        clientId: client.id,
        sub: grant.sub,
        scope: grant.scope,
        authTime: grant.authTime,
        expiresAt: now() + client.refreshTokenSeconds,
        current: hash(refreshToken),
        rotatedAt: now(),
      };
      families.put(id, family);
      return tokens(id, family, client, user, {
        refreshToken,
        ...(grant.nonce === undefined ? {} : { nonce: grant.nonce }),
      });
    },
    async refresh(token, client) {
      const id = familyOf(token);
      const family = families.get(id);
      if (family === undefined || family.expiresAt < now() || family.clientId !== client.id) return undefined;
      const user = users.find(family.poolId, family.sub);
      const { rotation } = client;
      const given = hash(token);
      const inGrace = family.previous === given && now() - family.rotatedAt < (rotation?.graceSeconds ?? 0);
      if (user === undefined || (family.current !== given && !inGrace)) {
        families.delete(id);
        return undefined;
      }
      if (rotation === undefined) return tokens(id, family, client, user, {});
      const refreshToken = newToken(id);
      families.put(id, { ...family, current: hash(refreshToken), previous: given, rotatedAt: now() });
      return tokens(id, family, client, user, { refreshToken });
    },
    revoke(token, client) {
      const id = familyOf(token);
      if (families.get(id)?.clientId === client.id) families.delete(id);
    },
    revokeAll(poolId, sub) {
      for (const [id, family] of families.entries()) {
        if (family.poolId === poolId && family.sub === sub) families.delete(id);
      }
      for (const [id, code] of codes.entries()) if (code.poolId === poolId && code.sub === sub) codes.delete(id);
    },
    sweep() {
      for (const [id, { expiresAt }] of codes.entries()) if (expiresAt < now()) codes.delete(id);
      for (const [id, { expiresAt, clientId }] of families.entries()) {
        if (expiresAt < now() || !directory.clients.has(clientId)) families.delete(id);
      }
    },
  };
}

/** A refresh token names its family, so that one that was rotated out is still recognised. */
function newToken(family: string): string {
  return `${family}.${randomBytes(32).toString('base64url')}`;
}

function familyOf(token: string): string {
  return token.slice(0, Math.max(token.indexOf('.'), 0));
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function same(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
