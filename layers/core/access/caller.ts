import { GantryError } from '@gantry/contract/errors.ts';
import type { Scope } from '@gantry/contract/roles.ts';

/** The caller of a request that `serve` has verified. */
export interface Caller {
  readonly userId: string;
  readonly email: string;
  /** The subject of the user's access tokens. */
  readonly subject: string;
  /** When their access token was issued, in seconds since 1970; absent with an API token. */
  readonly issuedAt?: number | undefined;
  /** Set for a call with an API token, which is for one team and has a scope. */
  readonly token?: TokenLimits;
}

export interface TokenLimits {
  readonly id: string;
  readonly teamId: string;
  readonly scope: Scope;
  /** The only project of the token. */
  readonly projectId?: string | undefined;
}

/** Throws Forbidden for a call with a token where only a signed-in person may call. */
export function requirePerson({ token }: Caller): void {
  if (token !== undefined) throw new GantryError('Forbidden', 'An API token cannot do this. Sign in as a person.');
}
