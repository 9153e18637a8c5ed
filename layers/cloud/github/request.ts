import { GantryError } from '@gantry/contract/errors.ts';
import type { GitHubApp } from '@gantry/contract/github.ts';
import { readJson } from '@gantry/outbound/body.ts';
import { type OutboundRequest, type OutboundResponse, outboundFetch } from '@gantry/outbound/fetch.ts';
import * as z from 'zod';

/** The stage's App, and how to reach GitHub. */
export interface GitHub {
  readonly app: GitHubApp;
  /** Whether GitHub may be at a private address: only on a platform of one machine. */
  readonly privateAddresses: boolean;
}

export interface GitHubCall {
  readonly method?: 'GET' | 'POST';
  /** The path below the API's address, with encoded parts. */
  readonly path: string;
  /** The caller's credential: a JWT of the App, or a token of an installation or a person. */
  readonly token: string;
  readonly body?: unknown;
  /** The display name of the requested record in messages: `the branch main of acme/shop`. */
  readonly what: string;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 15_000;
const MAX_BYTES = 8 * 1024 * 1024;
const ERROR_BYTES = 64 * 1024;
/** The wait after a secondary limit without a stated time, in seconds, as GitHub's documentation asks. */
const LIMITED_SECONDS = 60;

/** Calls the API and reads its answer by `schema`. Errors as in `githubResponse`; Unavailable for an unexpected answer. */
export async function githubJson<T>(github: GitHub, call: GitHubCall, schema: z.ZodType<T>): Promise<T> {
  return parsed(await readJson(await githubResponse(github, call), MAX_BYTES), schema);
}

/** Reads an answer by `schema`. Throws Unavailable for an unexpected one. */
export function parsed<T>(answer: unknown, schema: z.ZodType<T>): T {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  throw new GantryError('Unavailable', "GitHub's answer could not be read. Try again.", [], {
    cause: result.error,
  });
}

/**
 * Calls the API and returns a successful answer. Throws NotFound for a record that is missing or outside of the installation, RateLimited with the
 * wait, Forbidden for a permission that the App lacks, Unauthenticated for an ended token, Invalid, Conflict, Unavailable.
 * https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api
 */
export async function githubResponse(
  { app, privateAddresses }: GitHub,
  { method = 'GET', path, token, body, what, timeoutMs = TIMEOUT_MS }: GitHubCall,
): Promise<OutboundResponse> {
  const request: OutboundRequest = {
    method,
    headers: {
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
  const response = await outboundFetch(`${app.apiUrl}${path}`, request, { privateAddresses, timeoutMs });
  if (response.status < 300) return response;
  throw failure(response, await reasonOf(response), what);
}

const Refusal = z.object({ message: z.string() });

/** GitHub's message, without its final full stop; empty without one. */
async function reasonOf(response: OutboundResponse): Promise<string> {
  const answer = await readJson(response, ERROR_BYTES).catch(() => undefined);
  return (Refusal.safeParse(answer).data?.message ?? '').slice(0, 200).replace(/\.$/, '');
}

function failure({ status, headers }: OutboundResponse, reason: string, what: string): GantryError {
  const words = reason === '' ? '' : `: ${reason}`;
  const retryAfterSeconds = secondsToWait(status, headers, reason);
  if (retryAfterSeconds !== undefined) {
    const message = `GitHub takes no more requests for ${retryAfterSeconds} seconds${words}.`;
    return new GantryError('RateLimited', message, [], { retryAfterSeconds });
  }
  if (status === 401) {
    return new GantryError(
      'Unauthenticated',
      `GitHub does not accept the credential for ${what}${words}. Authorise again.`,
    );
  }
  if (status === 403) {
    const remedy =
      "Look at the installation of the App in GitHub's settings: it may be suspended, or new permissions wait to be accepted";
    return new GantryError('Forbidden', `GitHub does not allow ${what}${words}. ${remedy}.`);
  }
  if (status === 404) {
    return new GantryError(
      'NotFound',
      `GitHub has no ${what}, or the App is not installed on it. Check the name, and the App's installation in GitHub's settings.`,
    );
  }
  if (status === 409) return new GantryError('Conflict', `GitHub refuses ${what}${words}.`);
  if (status >= 500) return new GantryError('Unavailable', 'GitHub is not available right now. Try again.');
  return new GantryError('Invalid', `GitHub refuses ${what}${words}.`);
}

/** https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit */
function secondsToWait(status: number, headers: OutboundResponse['headers'], reason: string): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const after = Number(headers['retry-after']);
  if (after > 0) return after;
  const reset = Number(headers['x-ratelimit-reset']);
  if (headers['x-ratelimit-remaining'] === '0' && reset > 0) {
    return Math.max(1, Math.ceil(reset - Date.now() / 1000));
  }
  return status === 429 || /rate limit/i.test(reason) ? LIMITED_SECONDS : undefined;
}

/** Encodes a path's part; keeps slashes, which branches may have. */
export function encodePath(text: string): string {
  return text.split('/').map(encodeURIComponent).join('/');
}
