import type { z } from 'zod';
import type { ErrorKind } from './errors.ts';
import type { Action } from './roles.ts';

/**
 * Who may call a route: anybody; a page that this installation serves, known by its origin and a header of its own; whoever is known, by
 * a sign-in or an API token; a person who has signed in, and no API token; or a member whose role allows `action` on what the path names
 * (a path that names something the caller may not see is a 404).
 */
type RouteAccess = 'public' | 'page' | 'signedIn' | 'person' | Action;

/** What a page of this installation sends with a `page` route: a page of another origin cannot, without a preflight that is refused. */
export const PAGE_HEADER = 'x-gantry-page';

/** One operation of the API, declared once: everything else about it is derived from this object. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** OpenAPI style, e.g. `/v1/teams/{teamId}`. */
  readonly path: string;
  readonly summary: string;
  readonly access: RouteAccess;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  /** Whether it changes only the version that `If-Match` names, where the client sends one: another is PreconditionFailed. */
  readonly ifMatch?: true;
  /** The one success answer. */
  readonly reply: { readonly status: 200 | 201 | 202 | 204; readonly schema: z.ZodType };
  /** What can go wrong beyond Invalid, Unauthenticated, Forbidden, NotFound, RateLimited and Internal. */
  readonly errors?: readonly ErrorKind[];
}

type Parsed<R, Part extends 'params' | 'query' | 'body'> =
  R extends Readonly<Record<Part, infer S extends z.ZodType>> ? z.output<S> : Record<string, never>;

/** What a handler of `R` receives of the request. */
export interface RouteInput<R extends Route> {
  readonly params: Parsed<R, 'params'>;
  readonly query: Parsed<R, 'query'>;
  readonly body: Parsed<R, 'body'>;
  /** The version that the client last saw of what it changes. */
  readonly ifMatch: R extends { readonly ifMatch: true } ? number | undefined : undefined;
}

export type RouteReply<R extends Route> = z.output<R['reply']['schema']>;

/** The action that a role must allow for a route; undefined where no team decides who may call it. */
export function actionOf({ access }: Route): Action | undefined {
  return access === 'public' || access === 'page' || access === 'signedIn' || access === 'person' ? undefined : access;
}

/** Whether a route asks for a bearer token. */
export function takesToken({ access }: Route): boolean {
  return access !== 'public' && access !== 'page';
}

/**
 * Whether a route takes `Idempotency-Key`: every POST of somebody who is known. Keys belong to a caller, so that nobody gets another's
 * answer; PUT, PATCH and DELETE are idempotent as they are.
 */
export function takesIdempotencyKey(route: Route): boolean {
  return route.method === 'POST' && takesToken(route);
}

/** Declares the routes of one context by operation id; keeps each one's exact type. */
export function declareRoutes<const R extends Record<string, Route>>(routes: R): R {
  return routes;
}
