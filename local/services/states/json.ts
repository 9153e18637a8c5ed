import { StateError } from './errors.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** The most bytes of a state's input, output or variable, as UTF-8 JSON. */
export const PAYLOAD_LIMIT = 262_144;

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `value` itself, or a `States.DataLimitExceeded` if its JSON is larger than 256 KB. */
export function withinLimit<T extends Json>(value: T, what: string): T {
  if (Buffer.byteLength(JSON.stringify(value)) > PAYLOAD_LIMIT) {
    throw new StateError(
      'States.DataLimitExceeded',
      `${what} has more than the maximum number of bytes: ${PAYLOAD_LIMIT}.`,
    );
  }
  return value;
}
