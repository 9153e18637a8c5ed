import type { Directory } from '../directory.ts';
import type { Grants } from '../grants.ts';
import type { OwnerFile } from '../owner.ts';
import type { Throttle } from '../throttle.ts';
import type { Users } from '../users.ts';

/** A signed-in person, as managed login remembers them. */
export interface Session {
  readonly poolId: string;
  readonly sub: string;
  readonly authTime: number;
}

/** A person who entered a temporary password and must choose another. */
export interface Challenge {
  readonly poolId: string;
  readonly sub: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** The parts for the pages of managed login. */
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
