import type { Directory } from '../directory.ts';
import type { Grants } from '../grants.ts';
import type { OwnerFile } from '../owner.ts';
import type { Throttle } from '../throttle.ts';
import type { Users } from '../users.ts';

/** Somebody who signed in, as managed login remembers it. */
export interface Session {
  readonly poolId: string;
  readonly sub: string;
  readonly authTime: number;
}

/** Somebody who gave a temporary password and must choose another. */
export interface Challenge {
  readonly poolId: string;
  readonly sub: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** The parts that the pages of managed login use. */
export interface Login {
  readonly directory: Directory;
  readonly users: Users;
  readonly grants: Grants;
  readonly owners: OwnerFile;
  readonly throttle: Throttle;
  readonly sessions: Map<string, Session>;
  readonly challenges: Map<string, Challenge>;
  /** The names of the cookies. */
  readonly cookies: { readonly session: string; readonly csrf: string };
}
