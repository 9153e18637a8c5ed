import { AwsError } from '../kernel/service.ts';
import { type Input, type LoadedService, type Protocol, parseJson, statusOf, unknownOperation } from './protocol.ts';
import { check, type Member, type OperationShape, operationShape, type Shape, type Traits } from './shape.ts';

/**
 * REST with JSON bodies: method and path name the operation; the model's traits place members in the path, the query, a header or the body. Source:
 * https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
 */
export const rest: Protocol = {
  decode(service, { message, url, body }) {
    const path = url.pathname.split('/').slice(1);
    for (const { operation, method, segments } of routesOf(service)) {
      const labels = method === message.method ? matchPath(segments, path) : undefined;
      if (labels !== undefined) return { operation, input: decodeInput(operation, labels, url, message.headers, body) };
    }
    throw unknownOperation(`${message.method} ${url.pathname}`);
  },
  encode(operation, output) {
    return encodeOutput(operation, (output ?? {}) as Input);
  },
  error(error, traits) {
    return {
      status: statusOf(error, traits),
      headers: { 'content-type': 'application/json', 'x-amzn-errortype': error.code },
      body: JSON.stringify({ message: error.message, ...error.details }),
    };
  },
};

interface Route {
  readonly operation: OperationShape;
  readonly method: string;
  readonly segments: readonly string[];
}

/** By the operations of a service, which are the same object at each request. */
const routes = new WeakMap<LoadedService['operations'], readonly Route[]>();

/** The service's routes, those with more literal segments first. */
function routesOf(service: LoadedService): readonly Route[] {
  const known = routes.get(service.operations);
  if (known !== undefined) return known;
  const made = Object.keys(service.operations).map((name): Route => {
    const operation = operationShape(service.model, name);
    const http = operation?.traits.http;
    if (operation === undefined || !Array.isArray(http))
      throw new Error(`${name} is not an HTTP operation of the model`);
    const [method, uri] = http.map(String);
    return { operation, method: method ?? '', segments: (uri?.split('?')[0] ?? '').split('/').slice(1) };
  });
  const literals = ({ segments }: Route) => segments.filter((segment) => !segment.startsWith('{')).length;
  made.sort((a, b) => literals(b) - literals(a));
  routes.set(service.operations, made);
  return made;
}

function matchPath(segments: readonly string[], path: readonly string[]): ReadonlyMap<string, string> | undefined {
  const labels = new Map<string, string>();
  for (const [index, segment] of segments.entries()) {
    const part = path[index];
    if (part === undefined) return undefined;
    if (segment.startsWith('{') && segment.endsWith('+}')) {
      labels.set(segment.slice(1, -2), unescapePath(path.slice(index).join('/')));
      return labels;
    }
    if (segment.startsWith('{')) labels.set(segment.slice(1, -1), unescapePath(part));
    else if (segment !== part) return undefined;
  }
  return segments.length === path.length ? labels : undefined;
}

function unescapePath(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError('SerializationException', 'The path is not valid percent-encoding.');
  }
}

function decodeInput(
  operation: OperationShape,
  labels: ReadonlyMap<string, string>,
  url: URL,
  headers: NodeJS.Dict<string | string[]>,
  body: Buffer,
): Input {
  const members = membersOf(operation.input);
  const payload = [...members].find(([, { traits }]) => traits.httpPayload);
  const value: Record<string, unknown> = {};
  if (payload === undefined) Object.assign(value, parseJson(body));
  else if (body.length > 0)
    value[alias(...bind(payload))] = isBytes(payload[1].shape) ? body.toString('base64') : parseJson(body);
  for (const [name, member] of members) {
    const { traits, shape } = member;
    const queryName = traits.httpQuery;
    const headerName = traits.httpHeader;
    if (traits.httpLabel) value[alias(name, traits)] = typed(shape, labels.get(name) ?? '');
    else if (typeof queryName === 'string' && url.searchParams.has(queryName)) {
      const given = url.searchParams.getAll(queryName);
      value[alias(name, traits)] =
        shape.kind === 'list' ? given.map((each) => typed(shape.of().shape, each)) : typed(shape, given[0] ?? '');
    } else if (typeof headerName === 'string') {
      const given = headers[headerName.toLowerCase()];
      if (typeof given === 'string') value[alias(name, traits)] = typed(shape, given);
    }
  }
  return check(operation.input, value, '', alias) as Input;
}

function encodeOutput(operation: OperationShape, output: Input) {
  const [, , modelled = 200] = operation.traits.http as readonly [string, string, number?];
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  const rest: Record<string, unknown> = {};
  let status = modelled;
  let raw: Buffer | undefined;
  for (const [name, { traits, shape }] of membersOf(operation.output)) {
    const value = output[name];
    if (value === undefined) continue;
    if (typeof traits.httpHeader === 'string') headers[traits.httpHeader] = String(value);
    else if (traits.httpResponseCode) status = Number(value);
    else if (traits.httpPayload) {
      raw = isBytes(shape) ? Buffer.from(String(value), 'base64') : Buffer.from(JSON.stringify(value));
    } else rest[alias(name, traits)] = value;
  }
  return { status, headers, body: raw ?? (status === 204 ? '' : JSON.stringify(rest)) };
}

function bind([name, { traits }]: readonly [string, Member]): [string, Traits] {
  return [name, traits];
}

function alias(name: string, traits: Traits): string {
  return typeof traits.jsonName === 'string' ? traits.jsonName : name;
}

function membersOf(shape: Shape): ReadonlyMap<string, Member> {
  return shape.kind === 'structure' || shape.kind === 'union' ? shape.members : new Map();
}

function isBytes(shape: Shape): boolean {
  return shape.kind === 'blob';
}

/** Text of a label, query or header in its shape's type; text that does not fit is refused by the later check. */
function typed(shape: Shape, text: string): unknown {
  if (shape.kind === 'number' && text.trim() !== '' && !Number.isNaN(Number(text))) return Number(text);
  if (shape.kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}
