import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { clfTime, joinedQuery } from './http-event.ts';

export interface Caller {
  readonly apiId: string;
  readonly stage: string;
  readonly domainName: string;
  readonly connectionId: string;
  readonly connectedAt: number;
  readonly sourceIp: string;
  readonly userAgent: string;
}

type Event = Readonly<Record<string, unknown>>;

function requestContext(caller: Caller, routeKey: string, eventType: string): Record<string, unknown> {
  const now = new Date();
  const requestId = randomUUID();
  const { sourceIp, userAgent, ...rest } = caller;
  return {
    routeKey,
    eventType,
    extendedRequestId: requestId,
    requestTime: clfTime(now),
    messageDirection: 'IN',
    requestTimeEpoch: now.getTime(),
    requestId,
    identity: { sourceIp, userAgent },
    ...rest,
  };
}

/** The event of `$connect`: the handshake's headers and query. `added` are a distribution's headers, which replace the client's. */
export function connectEvent(
  caller: Caller,
  request: IncomingMessage,
  url: URL,
  added: Readonly<Record<string, string>> = {},
): Event {
  const values = new Map<string, string[]>();
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index] ?? '';
    if (Object.hasOwn(added, name.toLowerCase())) continue;
    const value = request.rawHeaders[index + 1] ?? '';
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  for (const [name, value] of Object.entries(added)) values.set(name, [value]);
  const headers = Object.fromEntries([...values].map(([name, all]) => [name, all.at(-1) ?? '']));
  const multiValueHeaders = Object.fromEntries(values);
  const query = joinedQuery(url);
  const multi = Object.keys(query ?? {}).map((name) => [name, url.searchParams.getAll(name)] as const);
  return {
    headers,
    multiValueHeaders,
    ...(query === undefined
      ? {}
      : {
          queryStringParameters: Object.fromEntries(multi.map(([name, values]) => [name, values.at(-1)])),
          multiValueQueryStringParameters: Object.fromEntries(multi),
        }),
    requestContext: requestContext(caller, '$connect', 'CONNECT'),
    isBase64Encoded: false,
  };
}

/** The event of a message, of `$default` or a route of its own. */
export function messageEvent(caller: Caller, routeKey: string, body: string): Event {
  const context = { ...requestContext(caller, routeKey, 'MESSAGE'), messageId: randomUUID() };
  return { requestContext: context, body, isBase64Encoded: false };
}

/** The event of `$disconnect`, with the code and reason of the close. */
export function disconnectEvent(caller: Caller, code: number, reason: string): Event {
  const headers = { Host: caller.domainName, 'x-api-key': '', 'X-Forwarded-For': '' };
  const context = {
    ...requestContext(caller, '$disconnect', 'DISCONNECT'),
    disconnectStatusCode: code,
    disconnectReason: reason,
  };
  return { headers, requestContext: context, isBase64Encoded: false };
}
