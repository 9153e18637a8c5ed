import { GantryError } from '@gantry/contract/errors.ts';
import { ApiException } from '@kubernetes/client-node/dist/gen/apis/exception.js';

/**
 * Runs a call to the cluster and turns its failure into a kind: 404 → NotFound; 409 → Conflict; 401, 429, 5xx and no answer → Unavailable; any other
 * refusal → Internal, with the API server's text as the cause.
 */
export async function translated<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw translate(what, cause);
  }
}

function translate(what: string, cause: unknown): Error {
  if (cause instanceof GantryError) return cause;
  if (cause instanceof ApiException) return fromStatus(what, cause.code, new Error(reasonIn(cause.body), { cause }));
  const status = (cause as { statusCode?: unknown } | undefined)?.statusCode;
  if (typeof status === 'number') return fromStatus(what, status, cause);
  if (cause instanceof Error && cause.message.startsWith('Unrecognized API version and kind')) {
    return fromStatus(what, 404, cause);
  }
  return unavailable(cause);
}

function fromStatus(what: string, status: number, cause: unknown): GantryError {
  if (status === 404) return new GantryError('NotFound', `The cluster has no ${what}.`, [], { cause });
  if (status === 409) {
    return new GantryError('Conflict', `The ${what} was changed in the cluster meanwhile. Try again.`, [], { cause });
  }
  // An access entry takes effect late: until then the cluster rejects its tokens.
  if (status === 401 || status === 429 || status >= 500) return unavailable(cause);
  return new GantryError('Internal', `The cluster refused the ${what} with ${status}.`, [], { cause });
}

/** Whether the cluster knew the caller and refused the request. */
export function isForbidden(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof ApiException && each.code === 403) return true;
  }
  return false;
}

function unavailable(cause: unknown): GantryError {
  return new GantryError('Unavailable', 'The cluster does not answer right now. Try again.', [], { cause });
}

/** The message of the API server's `Status` object. */
function reasonIn(body: unknown): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? '');
  try {
    const status: unknown = JSON.parse(text);
    if (typeof status === 'object' && status !== null && 'message' in status) return String(status.message);
  } catch {
    return text.slice(0, 500);
  }
  return text.slice(0, 500);
}
