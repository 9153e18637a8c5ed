import { type ErrorKind, GantryError, isErrorKind } from '@gantry/contract/errors.ts';
import {
  PAGE_HEADER,
  type Route,
  type RouteInput,
  type RouteReply,
  takesIdempotencyKey,
  takesToken,
} from '@gantry/contract/route.ts';
import { type OperationId, routes } from '@gantry/contract/routes.ts';
import type { Problem } from '@gantry/contract/schemas/common.ts';
import type { z } from 'zod';
import { type RetryOptions, withRetries } from './retry.ts';

export interface ClientOptions extends RetryOptions {
  /** The API's address, without a trailing slash. */
  readonly baseUrl: string;
  /** Called before each request, so that it can renew a token that is about to expire. */
  readonly token?: () => string | Promise<string>;
  /** Milliseconds after which a call fails as Unavailable; 35,000 by default, above the API's own 30 s. */
  readonly timeoutMs?: number;
}

/** A request did not reach the API, or its answer was lost: nobody knows whether it had its effect. */
class NoAnswer extends GantryError {}

type Part<R extends Route, K extends 'params' | 'body'> =
  R extends Readonly<Record<K, z.ZodType>> ? { readonly [P in K]: RouteInput<R>[P] } : unknown;

/** The parts of a request that its route declares. */
type CallInput<R extends Route> = Part<R, 'params'> &
  Part<R, 'body'> & { readonly query?: RouteInput<R>['query'] } & (R extends { readonly method: 'POST' }
    ? {
        /** A new one for each call by default. Set it to continue a call of an earlier process. */
        readonly idempotencyKey?: string;
      }
    : unknown) &
  (R extends { readonly ifMatch: true }
    ? {
        /** The `version` that the change is based on: another present version fails with PreconditionFailed. */
        readonly ifMatch?: number;
      }
    : unknown);

export type Client = <O extends OperationId>(
  operation: O,
  input: CallInput<(typeof routes)[O]>,
) => Promise<RouteReply<(typeof routes)[O]>>;

/** The parts that every call may have, whatever its route. */
interface AnyInput {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Record<string, string>;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  readonly ifMatch?: number;
}

/**
 * The typed client: `client('projects.get', { params: { teamId, projectId } })`. A POST carries an `Idempotency-Key`. A call is repeated a few times
 * when the API is too busy, or when its answer is lost and a repeat is harmless. Throws a GantryError of the server's kind.
 */
export function createClient(options: ClientOptions): Client {
  return (operation, input) => {
    const route: Route = routes[operation];
    const { idempotencyKey = crypto.randomUUID(), ...rest } = input as AnyInput;
    const key = takesIdempotencyKey(route) ? idempotencyKey : undefined;
    const mayRepeat = (error: GantryError) => {
      if (error.retryAfterSeconds !== undefined || error.kind === 'RateLimited') return true;
      if (error instanceof NoAnswer) return key !== undefined || route.method === 'GET' || route.method === 'PUT';
      return error.kind === 'Unavailable';
    };
    return withRetries(options, mayRepeat, () => request(options, route, rest, key)) as never;
  };
}

async function request(
  options: ClientOptions,
  route: Route,
  { params = {}, query = {}, body, ifMatch }: AnyInput,
  idempotencyKey: string | undefined,
): Promise<unknown> {
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const search = new URLSearchParams(query).toString();
  const headers: Record<string, string> = { accept: 'application/json' };
  if (options.token && takesToken(route)) headers.authorization = `Bearer ${await options.token()}`;
  if (route.access === 'page') headers[PAGE_HEADER] = '1';
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey;
  if (ifMatch !== undefined) headers['if-match'] = `"${ifMatch}"`;
  const { status, ok, retryAfter, text } = await send(`${options.baseUrl}${path}${search && `?${search}`}`, {
    method: route.method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(options.timeoutMs ?? 35_000),
  });
  if (!ok) throw asError(status, text, retryAfter);
  return text === '' ? undefined : JSON.parse(text);
}

async function send(url: string, init: RequestInit) {
  try {
    const response = await fetch(url, init);
    const { status, ok, headers } = response;
    return { status, ok, retryAfter: headers.get('retry-after'), text: await response.text() };
  } catch (cause) {
    const detail = `${new URL(url).origin} does not answer. Is Gantry running there?`;
    throw new NoAnswer('Unavailable', detail, [], { cause });
  }
}

function asError(status: number, text: string, retryAfter: string | null): GantryError {
  const retryAfterSeconds = retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : undefined;
  const problem = parseJson(text);
  if (isProblem(problem) && isErrorKind(problem.kind)) {
    const { kind, detail, fields = [] } = problem;
    return new GantryError(kind, detail, fields, { retryAfterSeconds });
  }
  const detail = `The API answered ${status} without an explanation.`;
  // API Gateway answers for a function that failed, took too long or was throttled, and does not say which.
  if (status >= 500) return new NoAnswer('Unavailable', detail, [], { retryAfterSeconds });
  const kind: ErrorKind =
    status === 429 ? 'RateLimited' : status === 404 ? 'NotFound' : status === 413 ? 'TooLarge' : 'Unavailable';
  return new GantryError(kind, detail, [], { retryAfterSeconds });
}

/** Checked by hand: pages load this module and should not load the schemas. */
function isProblem(value: unknown): value is Problem {
  if (typeof value !== 'object' || value === null || !('kind' in value && 'detail' in value)) return false;
  const { kind, detail } = value;
  const fields = 'fields' in value ? value.fields : [];
  return typeof kind === 'string' && typeof detail === 'string' && Array.isArray(fields);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
