import type { FieldError } from '@gantry/contract/errors.ts';
import { type Route, takesIdempotencyKey } from '@gantry/contract/route.ts';
import type { HttpEvent } from './event.ts';

/** The parsed headers of a request. */
export interface RequestHeaders {
  readonly ifMatch: number | undefined;
  readonly idempotencyKey: string | undefined;
}

type Read<T> = { readonly value: T | undefined } | { readonly message: string };

/** Reads `If-Match` and `Idempotency-Key`, and adds their errors to `fields`. A precondition is never ignored silently. */
export function readHeaders(route: Route, event: HttpEvent, fields: FieldError[]): RequestHeaders {
  const keep = <T>(name: string, read: Read<T>): T | undefined => {
    if ('value' in read) return read.value;
    fields.push({ field: `header.${name}`, message: read.message });
    return undefined;
  };
  const precondition = route.method === 'GET' ? undefined : event.headers['if-match'];
  const key = route.method === 'POST' ? event.headers['idempotency-key'] : undefined;
  return {
    ifMatch: keep('if-match', readIfMatch(route, precondition)),
    idempotencyKey: keep('idempotency-key', readKey(route, key)),
  };
}

/** RFC 9110, section 13.1.1: one strong entity tag, or `*` for any version. */
function readIfMatch(route: Route, text: string | undefined): Read<number> {
  if (text === undefined) return { value: undefined };
  if (route.ifMatch === undefined) return { message: 'is not taken by this route' };
  if (text === '*') return { value: undefined };
  const [, version] = /^"(0|[1-9]\d{0,14})"$/.exec(text) ?? [];
  return version === undefined
    ? { message: 'must be the ETag of one version, such as "3", or *' }
    : { value: Number(version) };
}

function readKey(route: Route, text: string | undefined): Read<string> {
  if (text === undefined) return { value: undefined };
  if (!takesIdempotencyKey(route)) return { message: 'is not taken by this route' };
  return /^[\x21-\x7e]{1,255}$/.test(text)
    ? { value: text }
    : { message: 'must be 1 to 255 visible ASCII characters, such as a random UUID' };
}

/** The entity tag of an answer with a version. */
export function entityTag(reply: unknown): string | undefined {
  if (typeof reply !== 'object' || reply === null || !('version' in reply)) return undefined;
  return typeof reply.version === 'number' ? `"${reply.version}"` : undefined;
}
