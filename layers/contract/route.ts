import type { z } from 'zod';
import type { ErrorKind } from './errors.ts';
import type { Action } from './roles.ts';

/**
 * Who may call a route: anybody; a page of this installation, known by its origin and a header; any known caller, by a sign-in or an API token; a
 * signed-in person, without API tokens; or a member whose role allows `action` on the path's records. A path to a record that the caller may not see
 * is a 404.
 */
type RouteAccess = 'public' | 'page' | 'signedIn' | 'person' | Action;

/** The header of a `page` route. A page of another origin cannot send it without a preflight, which is refused. */
export const PAGE_HEADER = 'x-gantry-page';

/** One operation of the API. Everything else about it is derived from this object. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** OpenAPI style, e.g. `/v1/teams/{teamId}`. */
  readonly path: string;
  readonly summary: string;
  readonly access: RouteAccess;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  /** Whether it changes only the version in `If-Match`, if the client sends one: another version is PreconditionFailed. */
  readonly ifMatch?: true;
  /** The one success answer. */
  readonly reply: { readonly status: 200 | 201 | 202 | 204; readonly schema: z.ZodType };
  /** Possible errors beside Invalid, Unauthenticated, Forbidden, NotFound, RateLimited and Internal. */
  readonly errors?: readonly ErrorKind[];
}

type Parsed<R, Part extends 'params' | 'query' | 'body'> =
  R extends Readonly<Record<Part, infer S extends z.ZodType>> ? z.output<S> : Record<string, never>;

/** The parts of the request that a handler of `R` receives. */
export interface RouteInput<R extends Route> {
  readonly params: Parsed<R, 'params'>;
  readonly query: Parsed<R, 'query'>;
  readonly body: Parsed<R, 'body'>;
  /** The version of the record that the client last saw. */
  readonly ifMatch: R extends { readonly ifMatch: true } ? number | undefined : undefined;
}

export type RouteReply<R extends Route> = z.output<R['reply']['schema']>;

/** The action that a role must allow for a route; undefined for a route outside of teams. */
export function actionOf({ access }: Route): Action | undefined {
  return access === 'public' || access === 'page' || access === 'signedIn' || access === 'person' ? undefined : access;
}

/** Whether a route asks for a bearer token. */
export function takesToken({ access }: Route): boolean {
  return access !== 'public' && access !== 'page';
}

/**
 * Whether a route takes `Idempotency-Key`: every POST of a known caller does. Keys belong to a caller, so nobody gets another's answer. PUT, PATCH
 * and DELETE are idempotent by themselves.
 */
export function takesIdempotencyKey(route: Route): boolean {
  return route.method === 'POST' && takesToken(route);
}

/** Declares the routes of one context by operation id, and keeps the exact type of each. */
export function declareRoutes<const R extends Record<string, Route>>(routes: R): R {
  return routes;
}
