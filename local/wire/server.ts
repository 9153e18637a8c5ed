import { AsyncLocalStorage } from 'node:async_hooks';
import type { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** The handler of a loopback server, for each request and each upgrade. `url` has the server's own address and the request's path. */
export interface Handler {
  request(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> | void;
  /** Absent for a server without upgrades: the request is then answered without one. */
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer, url: URL): Promise<void> | void;
}

/** A client has ten seconds for its headers and five minutes for the whole request. These also bound silent connections. */
const HEADERS_MS = 10_000;
const REQUEST_MS = 300_000;
const CHECK_MS = 2_000;
/** How long a connection may idle between requests, as at the load balancer: one that closes sooner meets requests in transit. */
const KEEP_ALIVE_MS = 60_000;
/** Node reads pipelined requests ahead, without its own bound. */
const MAX_PIPELINED = 64;
/** How long a refused client may take to close its half of the connection. */
const LINGER_MS = 1_000;

/** The most bytes of a request's headers; the request line and the few headers of every client are not counted. */
const HEADERS_LIMIT = 32 * 1024;
const ALLOWANCE = 2048;
const OVERFLOW = `The headers of this request are larger than ${HEADERS_LIMIT / 1024} KB. Send fewer or smaller cookies.`;

export const SERVER_OPTIONS = {
  headersTimeout: HEADERS_MS,
  requestTimeout: REQUEST_MS,
  connectionsCheckingInterval: CHECK_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
  maxHeaderSize: HEADERS_LIMIT + ALLOWANCE,
  shouldUpgradeCallback: isToWebSocket,
} as const;

/** The most open connections of one port. Further ones are closed at once. */
export const MAX_CONNECTIONS = 10_000;

/** A running request or upgrade. */
interface Exchange {
  open: boolean;
  end(): void;
}

const current = new AsyncLocalStorage<Exchange>();

/** An HTTP server with limits for slow and excessive clients, whose handlers cannot end the process. It does not listen yet. */
export function createGuardedServer(handler: () => Handler | undefined, note: (line: string) => void): Server {
  const server = createServer(SERVER_OPTIONS);
  server.maxConnections = MAX_CONNECTIONS;
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    const [status, text] = CLIENT_ERRORS[error.code ?? ''] ?? [400, 'This is not a request of HTTP/1.1.'];
    refuseUpgrade(socket, status, STATUS_CODES[status] ?? '', `${text}\n`);
  });
  guard(server, handler, note);
  return server;
}

/** The answer to an unreadable request. */
const CLIENT_ERRORS: Readonly<Record<string, readonly [number, string]>> = {
  HPE_HEADER_OVERFLOW: [431, OVERFLOW],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not come in time.'],
};

/**
 * Any other upgrade may be ignored (RFC 9110, 7.8): Java's client offers `h2c` with each clear-text request, and waits for ever for a proxy that
 * takes the offer as a tunnel.
 */
function isToWebSocket({ headers }: IncomingMessage): boolean {
  return /(^|,)\s*websocket\s*(,|$)/i.test(headers.upgrade ?? '');
}

/**
 * Attaches the handler to a server. A request without a usable path gets 400. A handler's error, at once or later, is noted and ends only that
 * exchange: with 500, or by closing the connection if the answer has begun.
 */
export function guard(server: EventEmitter, handler: () => Handler | undefined, note: (line: string) => void): void {
  const pending = new WeakMap<Duplex, number>();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const waiting = (pending.get(socket) ?? 0) + 1;
    if (waiting > MAX_PIPELINED) return void socket.destroy();
    pending.set(socket, waiting);
    const exchange: Exchange = { open: true, end: () => void socket.destroy() };
    const fail = (error: unknown): void => {
      note(`${request.method} ${request.url}: ${explain(error)}`);
      if (response.headersSent) response.destroy();
      else sendText(response, 500, 'The request failed inside the local cloud.');
    };
    response.on('error', () => response.destroy());
    response.once('close', () => {
      exchange.open = false;
      pending.set(socket, (pending.get(socket) ?? 1) - 1);
    });
    const url = urlOf(request);
    const handle = handler();
    if (url === undefined) return sendText(response, 400, 'The path of a request begins with a slash.');
    if (handle === undefined) return sendText(response.setHeader('retry-after', '1'), 503, 'starting');
    carryOut(exchange, () => handle.request(request, response, url), fail);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const exchange: Exchange = { open: true, end: () => void socket.destroy() };
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      exchange.open = false;
    });
    const url = urlOf(request);
    const handle = handler();
    if (url === undefined) return refuseUpgrade(socket, 400, 'Bad Request');
    if (handle?.upgrade === undefined) return refuseUpgrade(socket, 400, 'Bad Request', 'This port takes no upgrade.');
    const upgrade = handle.upgrade.bind(handle);
    carryOut(
      exchange,
      () => upgrade(request, socket, head, url),
      (error) => {
        note(`upgrade ${request.url}: ${explain(error)}`);
        refuseUpgrade(socket, 500, 'Internal Server Error');
      },
    );
  });
}

/**
 * The last resort: ends the exchange of an uncaught error. False when the error belongs to no running exchange: the process then cannot know what is
 * broken.
 */
export function endExchangeInError(): boolean {
  const exchange = current.getStore();
  if (exchange?.open !== true) return false;
  exchange.end();
  return true;
}

/** Refuses an upgrade, and closes the connection even if the client keeps its half open. */
export function refuseUpgrade(socket: Duplex, status: number, reason: string, body = '', type = 'text/plain'): void {
  if (socket.destroyed) return;
  const head = `HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Type: ${type}`;
  socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}

/**
 * The URL of a request, by its path only: the client's host never counts. Undefined for anything but a path (`*`, a whole URL). A path that begins
 * with two slashes stays a path, and names no host.
 */
function urlOf(request: IncomingMessage): URL | undefined {
  const path = request.url ?? '';
  return path.startsWith('/') ? (URL.parse(`http://127.0.0.1${path}`) ?? undefined) : undefined;
}

function carryOut(exchange: Exchange, run: () => Promise<void> | void, fail: (error: unknown) => void): void {
  current.run(exchange, () => {
    try {
      Promise.resolve(run()).catch(fail);
    } catch (error) {
      fail(error);
    }
  });
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}

function explain(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
