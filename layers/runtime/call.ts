import type { Route } from '@gantry/contract/route.ts';
import type { Caller } from '@gantry/core/access/caller.ts';
import type { HttpEvent } from './event.ts';
import type { ParsedRequest } from './request.ts';
import type { SessionCookie } from './session-cookie.ts';

/** An operation of the API: its name, its route and its function. */
export interface Operation {
  readonly operation: string;
  readonly route: Route;
  readonly handle: (request: never) => unknown;
}

/** A request of an operation. The middlewares set the rest. */
export interface Call extends Operation {
  readonly event: HttpEvent;
  /** Set by `authenticate`. */
  caller?: Caller;
  /** Set by `ownPage`, for a route for pages. */
  cookie?: SessionCookie;
  /** Set by `validate`. */
  request?: ParsedRequest;
}
