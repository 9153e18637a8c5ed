import { errorKinds, GantryError } from '@gantry/contract/errors.ts';
import type { Problem } from '@gantry/contract/schemas/common.ts';
import type { HttpAnswer } from './event.ts';

/** An error as problem+json (RFC 9457). Any error but a GantryError is an opaque 500; only the log has its cause. */
export function problemAnswer(error: unknown, requestId: string): HttpAnswer {
  const known = error instanceof GantryError ? error : undefined;
  const kind = known?.kind ?? 'Internal';
  const { status, title } = errorKinds[kind];
  const detail = known?.message ?? `Something went wrong on our side. Quote request ${requestId} when you report it.`;
  const problem: Problem = {
    type: `urn:gantry:error:${kind}`,
    title,
    status,
    detail,
    kind,
    requestId,
    ...(known && known.fields.length > 0 && { fields: [...known.fields] }),
  };
  const busy = kind === 'RateLimited' || kind === 'Unavailable';
  const retryAfter = known?.retryAfterSeconds ?? (busy ? 1 : undefined);
  return {
    statusCode: status,
    headers: {
      'content-type': 'application/problem+json',
      'x-request-id': requestId,
      ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
      ...(kind === 'Unauthenticated' ? { 'www-authenticate': 'Bearer' } : {}),
    },
    body: JSON.stringify(problem),
  };
}
