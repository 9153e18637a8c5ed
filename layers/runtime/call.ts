import type { Route } from '@gantry/contract/route.ts';
import type { Caller } from '@gantry/core/access/caller.ts';
import type { HttpEvent } from './event.ts';
import type { ParsedRequest } from './request.ts';
import type { SessionCookie } from './session-cookie.ts';

/** An operation of the API: its name, its route and the function that does it. */
export interface Operation {
  readonly operation: string;
  readonly route: Route;
  readonly handle: (request: never) => unknown;
}

/** A request of an operation. The middlewares fill in the rest. */
export interface Call extends Operation {
  readonly event: HttpEvent;
  /** Filled in by `authenticate`. */
  caller?: Caller;
  /** Filled in by `ownPage`, for a route that is for pages. */
  cookie?: SessionCookie;
  /** Filled in by `validate`. */
  request?: ParsedRequest;
}
