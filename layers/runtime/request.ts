import { type FieldError, GantryError } from '@gantry/contract/errors.ts';
import { fieldName } from '@gantry/contract/field-names.ts';
import type { Route } from '@gantry/contract/route.ts';
import { sizeText } from '@gantry/contract/sizes.ts';
import type { HttpEvent } from './event.ts';
import { fieldErrors, inWords } from './field-errors.ts';
import { type RequestHeaders, readHeaders } from './headers.ts';

/** The largest body that a route takes, in bytes: its schemas allow far less. */
export const MAX_BODY_BYTES = 256 * 1024;
/** The sentence names this many wrong fields; the others are in `fields`. */
const MOST_TOLD = 3;

export interface ParsedRequest extends RequestHeaders {
  readonly params: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** Parses a request with a route's schemas. Throws Invalid with every wrong field. */
export function parseRequest(route: Route, event: HttpEvent): ParsedRequest {
  const body = route.body === undefined ? refuseBody(event) : readBody(event);
  const parts = [
    ['params', route.params, event.pathParameters ?? {}],
    ['query', route.query, event.queryStringParameters ?? {}],
    ['body', route.body, body],
  ] as const;
  const fields: FieldError[] = [];
  const parsed: Record<'params' | 'query' | 'body', Record<string, unknown>> = { params: {}, query: {}, body: {} };
  for (const [part, schema, value] of parts) {
    if (schema === undefined) continue;
    const result = schema.safeParse(value, { error: inWords });
    if (result.success) parsed[part] = result.data;
    else fields.push(...result.error.issues.flatMap((issue) => fieldErrors(part, issue)));
  }
  if (route.query === undefined) fields.push(...unknownQuery(event));
  const headers = readHeaders(route, event, fields);
  if (fields.length > 0) throw new GantryError('Invalid', summarise(fields), fields);
  return { ...parsed, ...headers };
}

function unknownQuery(event: HttpEvent): FieldError[] {
  const names = Object.keys(event.queryStringParameters ?? {});
  return names.map((name) => ({ field: `query.${name}`, message: 'is not known here' }));
}

function summarise(fields: readonly FieldError[]): string {
  const told = fields.slice(0, MOST_TOLD).map(({ field, message }) => `${fieldName(field)} ${message}.`);
  const more = fields.length - told.length;
  return `${told.join(' ')}${more > 0 ? ` ${more} more fields are wrong.` : ''}`;
}

function refuseBody(event: HttpEvent): undefined {
  if (event.body === undefined || event.body === '') return undefined;
  throw new GantryError('Invalid', 'This route takes no body.', [{ field: 'body', message: 'is not taken here' }]);
}

function readBody(event: HttpEvent): unknown {
  const type = event.headers['content-type'] ?? '';
  if (event.body === undefined || event.body === '') {
    throw new GantryError('Invalid', 'This route needs a JSON body.', [{ field: 'body', message: 'is missing' }]);
  }
  if (!/^application\/json\b/i.test(type)) {
    const message = 'must be application/json';
    throw new GantryError('Invalid', `The header Content-Type ${message}.`, [
      { field: 'header.content-type', message },
    ]);
  }
  const bytes = Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY_BYTES) {
    const message = `is ${sizeText(bytes.length)}; it can be at most ${sizeText(MAX_BODY_BYTES)}`;
    throw new GantryError('TooLarge', `The body ${message}.`, [{ field: 'body', message }]);
  }
  let named = false;
  const noticed = (name: string, value: unknown): unknown => {
    named ||= name === '__proto__';
    return value;
  };
  try {
    const body: unknown = JSON.parse(bytes.toString('utf8'), noticed);
    if (!named) return body;
  } catch (cause) {
    const message = 'is not valid JSON';
    throw new GantryError('Invalid', `The body ${message}.`, [{ field: 'body', message }], { cause });
  }
  // Schemas ignore this name when names are free: without the check it would be dropped silently.
  const message = 'has a field __proto__, which is not allowed';
  throw new GantryError('Invalid', `The body ${message}.`, [{ field: 'body', message }]);
}
