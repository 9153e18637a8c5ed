import { createHash, randomBytes } from 'node:crypto';
import type { Store } from '../../kernel/store.ts';

/** The refresh tokens of one sign-in; the id is the tokens' `origin_jti`. Times are in seconds since 1970. Tokens are kept as hashes. */
export interface Family {
  readonly poolId: string;
  readonly clientId: string;
  readonly sub: string;
  readonly scope: string;
  readonly authTime: number;
  readonly expiresAt: number;
  /** Unused tokens, the newest last: more than one if a client repeated a request within the grace period. */
  readonly live: readonly string[];
  /** Replaced tokens, and when, the newest last. */
  readonly replaced: readonly (readonly [token: string, at: number])[];
}

/** The form of older data folders: one valid token, and the one before. */
interface FormerFamily extends Omit<Family, 'live' | 'replaced'> {
  readonly current: string;
  readonly previous?: string;
  readonly rotatedAt: number;
}

/** The families of the store by their ids. */
export interface Families {
  get(id: string): Family | undefined;
  put(id: string, family: Family): void;
  delete(id: string): void;
  entries(): readonly (readonly [string, Family])[];
}

/** Replaced tokens that are remembered, and so recognised as stolen: hourly renewals of four days. Older ones are only refused. */
const REMEMBERED = 100;
const LIVE = 10;

export function openFamilies(store: Store): Families {
  const kept = store.collection<Family | FormerFamily>('cognito.families');
  return {
    get(id) {
      const family = kept.get(id);
      return family === undefined ? undefined : current(family);
    },
    put: (id, family) => kept.put(id, family),
    delete: (id) => kept.delete(id),
    entries: () => kept.entries().map(([id, family]) => [id, current(family)] as const),
  };
}

function current(family: Family | FormerFamily): Family {
  if ('live' in family) return family;
  const { current: token, previous, rotatedAt, ...rest } = family;
  return { ...rest, live: [token], replaced: previous === undefined ? [] : [[previous, rotatedAt]] };
}

/** The state of a family's refresh token: `stolen` is one that was replaced longer ago than the grace period (RFC 9700, section 4.14.2). */
export function judge(family: Family, token: string, graceSeconds: number, now: number): 'good' | 'stolen' | 'unknown' {
  const given = hash(token);
  if (family.live.includes(given)) return 'good';
  const at = family.replaced.find(([replaced]) => replaced === given)?.[1];
  if (at === undefined) return 'unknown';
  return now - at < graceSeconds ? 'good' : 'stolen';
}

/** The family after `used` was replaced by `next`. A repeat within the grace period does not lengthen it. */
export function rotate(family: Family, used: string, next: string, now: number): Family {
  const given = hash(used);
  const first = family.live.includes(given);
  return {
    ...family,
    live: [...family.live.filter((token) => token !== given), hash(next)].slice(-LIVE),
    replaced: first ? [...family.replaced, [given, now] as const].slice(-REMEMBERED) : family.replaced,
  };
}

/** A refresh token names its family, so that a replaced one is still recognised. */
export function newToken(family: string): string {
  return `${family}.${randomBytes(32).toString('base64url')}`;
}

export function familyOf(token: string): string {
  return token.slice(0, Math.max(token.indexOf('.'), 0));
}

export function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
