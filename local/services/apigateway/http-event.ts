import type { IncomingMessage } from 'node:http';
import { ACCOUNT } from '../../kernel/kernel.ts';
import type { RouteMatch } from './route.ts';

export interface HttpEventInput {
  readonly apiId: string;
  readonly stage: string;
  readonly requestId: string;
  readonly match: RouteMatch;
  readonly request: IncomingMessage;
  readonly url: URL;
  readonly body: Buffer;
  readonly now: Date;
  /** Headers that a distribution adds, which replace the client's. */
  readonly added?: Readonly<Record<string, string>> | undefined;
}

/** Headers of one connection only, which no proxy passes on; cookies have a field of their own. */
const DROPPED = new Set([
  'connection',
  'cookie',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/**
 * The event of a Lambda proxy integration, payload format 2.0.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function httpEvent(input: HttpEventInput): Readonly<Record<string, unknown>> {
  const { apiId, body, match, now, request, requestId, stage, url } = input;
  const headers = { ...eventHeaders(request), ...input.added };
  const cookies = (request.headers.cookie ?? '').split(/;\s*/).filter((cookie) => cookie !== '');
  const query = joinedQuery(url);
  const isBase64Encoded = body.length > 0 && !isText(headers);
  const domainName = (request.headers.host ?? '').replace(/:\d+$/, '');
  return {
    version: '2.0',
    routeKey: match.routeKey,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    ...(cookies.length > 0 ? { cookies } : {}),
    headers,
    ...(query === undefined ? {} : { queryStringParameters: query }),
    ...(Object.keys(match.parameters).length > 0 ? { pathParameters: match.parameters } : {}),
    requestContext: {
      accountId: ACCOUNT,
      apiId,
      domainName,
      domainPrefix: apiId,
      http: {
        method: request.method,
        path: url.pathname,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: sourceIp(request),
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId,
      routeKey: match.routeKey,
      stage,
      time: clfTime(now),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 ? { body: body.toString(isBase64Encoded ? 'base64' : 'utf8') } : {}),
    isBase64Encoded,
  };
}

/** Header names in lower case, repeated headers joined by commas. */
function eventHeaders(request: IncomingMessage): Record<string, string> {
  // `fromEntries` creates a property of any name, even `__proto__`.
  const headers: Record<string, string> = Object.fromEntries(
    Object.entries(request.headersDistinct).flatMap(([name, values = []]) =>
      DROPPED.has(name) ? [] : [[name, values.join(',')] as const],
    ),
  );
  headers['x-forwarded-for'] = [...(request.headersDistinct['x-forwarded-for'] ?? []), sourceIp(request)].join(', ');
  headers['x-forwarded-port'] = String(request.socket.localPort ?? '');
  headers['x-forwarded-proto'] = 'http';
  return headers;
}

/** Repeated names joined by commas; undefined without a query. */
export function joinedQuery(url: URL): Record<string, string> | undefined {
  const names = [...url.searchParams.keys()];
  if (names.length === 0) return undefined;
  return Object.fromEntries(names.map((name) => [name, url.searchParams.getAll(name).join(',')]));
}

/** API Gateway passes these on as text and all other bodies in base64. */
function isText(headers: Readonly<Record<string, string>>): boolean {
  const type = headers['content-type'] ?? 'text/plain';
  return (
    headers['content-encoding'] === undefined &&
    /^(text\/|application\/([\w.-]+\+)?(json|xml)\b|application\/javascript\b)/i.test(type)
  );
}

export function sourceIp(request: IncomingMessage): string {
  return (request.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '');
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Common log format: `12/Mar/2020:19:03:58 +0000`. */
export function clfTime(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':');
  return `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${time} +0000`;
}
