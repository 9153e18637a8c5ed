import { randomUUID, timingSafeEqual } from 'node:crypto';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Collection } from '../../kernel/store.ts';
import type { Directory, PoolClient } from './directory.ts';
import { type Families, type Family, familyOf, hash, judge, newToken, openFamilies, rotate } from './families.ts';
import type { Keys } from './keys.ts';
import { type TokenSet, tokenSet } from './tokens.ts';
import type { Users } from './users.ts';

/** The grant of a sign-in, until the client redeems it with its code. */
interface Code {
  readonly poolId: string;
  readonly clientId: string;
  readonly sub: string;
  readonly redirectUri: string;
  readonly scope: string;
  /** Of PKCE; undefined if the authorization request had none, which Cognito allows. */
  readonly challenge?: string;
  readonly nonce?: string;
  readonly authTime: number;
  readonly expiresAt: number;
  /** The family made from it: another use of the code ends that family (RFC 6749, section 4.1.2). */
  readonly family?: string;
}

/** Codes, refresh tokens and the tokens for them. A code works once and for five minutes. */
export interface Grants {
  issueCode(grant: Omit<Code, 'expiresAt' | 'family'>): string;
  /** Undefined when the code is unknown, used, expired, another client's, or the verifier does not fit. A used code revokes its tokens. */
  redeem(code: string, client: PoolClient, redirectUri: string, verifier: string): Promise<TokenSet | undefined>;
  /** Undefined for an unknown or expired token. One that was replaced longer ago than the grace period revokes its whole family. */
  refresh(token: string, client: PoolClient): Promise<TokenSet | undefined>;
  /** False for the `origin_jti` of a sign-in whose tokens were revoked. */
  holds(family: string): boolean;
  revoke(token: string, client: PoolClient): void;
  revokeAll(poolId: string, sub: string): void;
  /** Drops what has expired. */
  sweep(): void;
}

/** The parts for grants. */
interface Parts {
  readonly kernel: Kernel;
  readonly users: Users;
  readonly keys: Keys;
  readonly codes: Collection<Code>;
  readonly families: Families;
}

const CODE_SECONDS = 300;

export function createGrants(kernel: Kernel, directory: Directory, users: Users, keys: Keys): Grants {
  const codes = kernel.store.collection<Code>('cognito.codes');
  const families = openFamilies(kernel.store);
  const parts: Parts = { kernel, users, keys, codes, families };
  return {
    issueCode(grant) {
      const code = randomUUID();
      codes.put(hash(code), { ...grant, expiresAt: now() + CODE_SECONDS });
      return code;
    },
    redeem: (code, client, redirectUri, verifier) => redeem(parts, code, client, redirectUri, verifier),
    refresh: (token, client) => refresh(parts, token, client),
    holds: (family) => families.get(family) !== undefined,
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

async function redeem(
  { kernel, users, keys, codes, families }: Parts,
  code: string,
  client: PoolClient,
  redirectUri: string,
  verifier: string,
): Promise<TokenSet | undefined> {
  const key = hash(code);
  const grant = codes.get(key);
  codes.delete(key);
  if (grant === undefined || grant.expiresAt < now() || grant.clientId !== client.id) return undefined;
  if (grant.family !== undefined) families.delete(grant.family);
  if (grant.family !== undefined || grant.redirectUri !== redirectUri || !fits(verifier, grant.challenge))
    return undefined;
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
    live: [hash(refreshToken)],
    replaced: [],
  };
  kernel.store.atomically(() => {
    families.put(id, family);
    codes.put(key, { ...grant, family: id });
  });
  return tokenSet(keys, id, family, client, user, {
    refreshToken,
    ...(grant.nonce === undefined ? {} : { nonce: grant.nonce }),
  });
}

async function refresh(
  { users, keys, families }: Parts,
  token: string,
  client: PoolClient,
): Promise<TokenSet | undefined> {
  const id = familyOf(token);
  const family = families.get(id);
  if (family === undefined || family.expiresAt < now() || family.clientId !== client.id) return undefined;
  const user = users.find(family.poolId, family.sub);
  const { rotation } = client;
  const judged = judge(family, token, rotation?.graceSeconds ?? 0, now());
  if (judged === 'stolen' || user === undefined) families.delete(id);
  if (judged !== 'good' || user === undefined) return undefined;
  if (rotation === undefined) return tokenSet(keys, id, family, client, user, {});
  const refreshToken = newToken(id);
  families.put(id, rotate(family, token, refreshToken, now()));
  return tokenSet(keys, id, family, client, user, { refreshToken });
}

/** Seconds since 1970. */
function now(): number {
  return Date.now() / 1000;
}

/**
 * A code is bound to its challenge. Cognito's documentation does not say what a verifier does with a code without one: here it is ignored, the worst
 * case for a client.
 */
function fits(verifier: string, challenge: string | undefined): boolean {
  return challenge === undefined || same(hash(verifier), challenge);
}

function same(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
