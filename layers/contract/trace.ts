import * as z from 'zod';

/** The id of one request and everything that follows from it, in the logs. https://www.w3.org/TR/trace-context/#trace-id */
export const TraceId = z
  .string()
  .regex(/^(?!0{32}$)[0-9a-f]{32}$/, 'must be 32 lower-case hexadecimal digits, not all of them zero')
  .meta({
    description: 'Finds every line that the platform has logged about it',
    example: '4bf92f3577b34da6a3ce929d0e0e4736',
  });

/** A random trace id. */
export function newTraceId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Version, trace id, parent id and flags; later versions may add more. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/;

/**
 * The trace id of a `traceparent` header, also of a later version; undefined for an invalid one, which starts a new trace.
 * https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  const [, version, traceId, parentId, more] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (parentId === undefined || /^0+$/.test(parentId)) return undefined;
  return TraceId.safeParse(traceId).data;
}
