import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Dispatcher } from 'undici';
import { aloneTo, type Connections } from './connections.ts';
import { endToEnd, forwarded } from './headers.ts';
import { LATE, type Refuse, UNREACHABLE } from './refusal.ts';
import type { Routing } from './routing.ts';
import type { Endpoint } from './table.ts';
import type { TargetMeters, Traffic } from './traffic.ts';

/** Methods that may be repeated without a body (RFC 9110, 9.2.2). */
const IDEMPOTENT = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'];
/** Errors before anything was sent. */
const NOT_CONNECTED = ['ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT'];
/** Errors of a connection that its peer closed before any answer. */
const CLOSED = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'];

/**
 * Sends a request to an endpoint and returns its answer. A repeatable one goes to another endpoint if the first was not reached, and once more over a
 * new connection if the peer closed the old one.
 */
export async function forward(
  routing: Routing,
  traffic: Traffic,
  connections: Connections,
  refuse: Refuse,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  const repeatable = IDEMPOTENT.includes(methodOf(request)) && !hasBody(request);
  const tried = new Set<Endpoint>();
  let [again, counted] = [false, false];
  for (;;) {
    const choice = routing.choose(request, path, tried);
    if ('refusal' in choice) return refuse(response, tried.size === 0 ? choice.refusal : UNREACHABLE);
    const meters = traffic(choice.targetGroup);
    if (!counted) meters.requested();
    counted = true;
    const via = again ? aloneTo(choice.endpoint, response) : connections.of(choice.endpoint);
    try {
      await exchange(via, meters, request, response, gone.signal);
      return;
    } catch (error) {
      const code = (error as { code?: string }).code ?? '';
      if (gone.signal.aborted) return;
      if (NOT_CONNECTED.includes(code)) meters.unreached();
      if (repeatable && NOT_CONNECTED.includes(code)) {
        tried.add(choice.endpoint);
        continue;
      }
      if (repeatable && CLOSED.includes(code) && !again) {
        again = true;
        continue;
      }
      return refuse(response, code === 'UND_ERR_HEADERS_TIMEOUT' ? LATE : UNREACHABLE);
    }
  }
}

/** Throws before an answer begins. An interrupted answer closes the client's connection. */
async function exchange(
  via: Dispatcher,
  meters: TargetMeters,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const begun = performance.now();
  const answer = await via.request({
    method: methodOf(request) as 'GET',
    path: request.url ?? '/',
    headers: forwarded(request),
    body: hasBody(request) ? request : null,
    signal,
  });
  meters.answered(answer.statusCode, performance.now() - begun);
  response.writeHead(answer.statusCode, endToEnd(answer.headers));
  response.flushHeaders();
  await pipeline(answer.body, response).catch(() => response.destroy());
}

function methodOf({ method = 'GET' }: IncomingMessage): string {
  return method;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}
