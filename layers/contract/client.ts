import type { z } from 'zod';
import { type ErrorKind, GantryError, isErrorKind } from './errors.ts';
import type { Route, RouteInput, RouteReply } from './route.ts';
import { type OperationId, routes } from './routes.ts';
import { Problem } from './schemas/common.ts';

export interface ClientOptions {
  /** The API's address, without a trailing slash. */
  readonly baseUrl: string;
  /** Asked before each call, so that it can renew a token that is about to expire. */
  readonly token?: () => string | Promise<string>;
  /** Milliseconds after which a call fails as Unavailable; 35,000 by default, above the API's own 30 s. */
  readonly timeoutMs?: number;
}

type Part<R extends Route, K extends 'params' | 'body'> =
  R extends Readonly<Record<K, z.ZodType>> ? { readonly [P in K]: RouteInput<R>[P] } : unknown;

/** What a caller gives for a route: only the parts that it declares. */
export type CallInput<R extends Route> = Part<R, 'params'> &
  Part<R, 'body'> & { readonly query?: RouteInput<R>['query'] };

export type Client = <O extends OperationId>(
  operation: O,
  input: CallInput<(typeof routes)[O]>,
) => Promise<RouteReply<(typeof routes)[O]>>;

/** The typed client: `client('projects.get', { params: { teamId, projectId } })`. Throws a GantryError of the server's kind. */
export function createClient(options: ClientOptions): Client {
  return async (operation, input) => {
    const route: Route = routes[operation];
    const {
      params = {},
      query = {},
      body,
    } = input as {
      params?: Record<string, string>;
      query?: Record<string, string>;
      body?: unknown;
    };
    const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
    const search = new URLSearchParams(query).toString();
    const headers: Record<string, string> = { accept: 'application/json' };
    if (options.token && route.access !== 'public') headers.authorization = `Bearer ${await options.token()}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    const response = await send(`${options.baseUrl}${path}${search && `?${search}`}`, {
      method: route.method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(options.timeoutMs ?? 35_000),
    });
    const text = await response.text();
    if (!response.ok) throw asError(response.status, text);
    return (text === '' ? undefined : JSON.parse(text)) as never;
  };
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    throw new GantryError('Unavailable', `${new URL(url).origin} does not answer. Is Gantry running there?`, [], {
      cause,
    });
  }
}

function asError(status: number, text: string): GantryError {
  const problem = Problem.safeParse(parseJson(text));
  if (problem.success && isErrorKind(problem.data.kind)) {
    return new GantryError(problem.data.kind, problem.data.detail, problem.data.fields ?? []);
  }
  const kind: ErrorKind =
    status === 429 ? 'RateLimited' : status === 404 ? 'NotFound' : status === 413 ? 'TooLarge' : 'Unavailable';
  return new GantryError(kind, `The API answered ${status} without an explanation.`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
