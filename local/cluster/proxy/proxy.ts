import { type IncomingMessage, request as openRequest, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Client, Pool } from 'undici';
import type { Mount } from '../../kernel/resource.ts';
import { refuseUpgrade } from '../../wire/server.ts';
import { SERVICES } from '../kinds/core.ts';
import { type Kind, resourceOf } from '../kinds/kind.ts';
import { ENDPOINT_SLICES, GATEWAY_CLASSES, GATEWAYS, HTTP_ROUTES } from '../kinds/network.ts';
import type { Objects } from '../registry/objects.ts';
import { createBalancer } from './balance.ts';
import { endToEnd, forwarded } from './headers.ts';
import { type Backend, type Endpoint, matchRule, type Rule, rulesOf } from './table.ts';

export interface Proxy {
  readonly mount: Mount;
  stop(): Promise<void>;
}

/** Why a request cannot be sent on, as its client reads it. */
interface Refusal {
  readonly status: number;
  readonly text: string;
}

type Choice = { readonly endpoint: Endpoint } | { readonly refusal: Refusal };

const READ_BY_PROXY: readonly Kind[] = [SERVICES, ENDPOINT_SLICES, GATEWAY_CLASSES, GATEWAYS, HTTP_ROUTES];
const MAX_IN_FLIGHT = 4096;
const CONNECTIONS_PER_ENDPOINT = 512;
const HEADERS_TIMEOUT_MS = 120_000;
const SILENCE_MS = 3_600_000;
/** What an app may be asked twice, where it has no body (RFC 9110, 9.2.2). */
const IDEMPOTENT = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'];
/** Errors that come before anything was sent. */
const NOT_CONNECTED = ['ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT'];
/** Errors of a connection that its peer closed before any answer. */
const CLOSED = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'];
/** How an app is asked. An app that does not say how long it keeps a connection may close it soon: none that idled for a second is used. */
const CONNECTION = {
  headersTimeout: HEADERS_TIMEOUT_MS,
  bodyTimeout: SILENCE_MS,
  keepAliveTimeout: 1000,
  maxHeaderSize: 64 * 1024,
};

/**
 * The load balancer of the apps: host name and path → route → weighted backend → a ready endpoint. A change of the cluster is in
 * force with the next request; requests that are under way end where they are.
 */
export function createProxy(objects: Objects): Proxy {
  const balancer = createBalancer();
  const pools = new Map<string, Pool>();
  const relevant = new Set(READ_BY_PROXY.map(resourceOf));
  let rules: readonly Rule[] | undefined;
  let inFlight = 0;

  const unsubscribe = objects.subscribe(({ resource }) => {
    if (relevant.has(resource)) rules = undefined;
  });
  const present = (): readonly Rule[] => {
    if (rules !== undefined) return rules;
    rules = rulesOf(objects);
    balancer.retain(new Set(rules.flatMap(({ id, backends }) => [id, ...backends.map((backend) => backend.id)])));
    const known = new Set(
      objects
        .list(ENDPOINT_SLICES)
        .flatMap(({ ports, endpoints }) =>
          endpoints.flatMap(({ addresses }) => addresses.flatMap((host) => ports.map(({ port }) => `${host}:${port}`))),
        ),
    );
    for (const [address, pool] of pools) {
      if (known.has(address)) continue;
      pools.delete(address);
      void pool.close().catch(() => undefined);
    }
    return rules;
  };
  const poolOf = ({ host, port }: Endpoint): Pool => {
    const address = `${host}:${port}`;
    const known = pools.get(address);
    if (known !== undefined) return known;
    const pool = new Pool(`http://${address}`, {
      ...CONNECTION,
      connections: CONNECTIONS_PER_ENDPOINT,
    });
    pools.set(address, pool);
    return pool;
  };

  const choose = (request: IncomingMessage, path: string, tried: ReadonlySet<Endpoint>): Choice => {
    const host = hostOf(request);
    const rule = matchRule(present(), host, path);
    if (rule === undefined) return { refusal: NO_APP };
    return endpointOf(rule, tried);
  };
  const endpointOf = (rule: Rule, tried: ReadonlySet<Endpoint>): Choice => {
    const backend = balancer.pick<Backend>(rule.id, rule.backends);
    if (backend === undefined || backend.problem !== undefined) return { refusal: ASTRAY };
    const left = backend.endpoints.filter(
      (each) => ![...tried].some((other) => other.port === each.port && other.host === each.host),
    );
    const items = left.map((endpoint) => ({ id: `${endpoint.host}:${endpoint.port}`, weight: 1, endpoint }));
    const picked = balancer.pick(backend.id, items);
    if (picked !== undefined) return { endpoint: picked.endpoint };
    return { refusal: NOT_RUNNING };
  };

  const forward = async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    const hasBody =
      request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined;
    const method = request.method ?? 'GET';
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const repeatable = IDEMPOTENT.includes(method) && !hasBody;
    const tried = new Set<Endpoint>();
    let again = false;
    for (;;) {
      const choice = choose(request, path, tried);
      if ('refusal' in choice) return refuse(response, tried.size === 0 ? choice.refusal : UNREACHABLE);
      const via = again ? aloneTo(choice.endpoint, response) : poolOf(choice.endpoint);
      try {
        const answer = await via.request({
          method: method as 'GET',
          path: request.url ?? '/',
          headers: forwarded(request),
          body: hasBody ? request : null,
          signal: gone.signal,
        });
        response.writeHead(answer.statusCode, endToEnd(answer.headers));
        response.flushHeaders();
        await pipeline(answer.body, response).catch(() => response.destroy());
        return;
      } catch (error) {
        const code = (error as { code?: string }).code ?? '';
        if (gone.signal.aborted) return;
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
  };

  const tunnel = (request: IncomingMessage, socket: Duplex, head: Buffer, path: string) => {
    const choice = choose(request, path, new Set());
    if ('refusal' in choice) return closeWith(socket, choice.refusal);
    const { host, port } = choice.endpoint;
    const headers = { ...forwarded(request), connection: 'Upgrade', upgrade: request.headers.upgrade ?? '' };
    const to = { host, port, method: request.method, path: request.url, maxHeaderSize: CONNECTION.maxHeaderSize };
    const upstream = openRequest({ ...to, headers, agent: false });
    const opening = setTimeout(() => upstream.destroy(new Error('no answer')), HEADERS_TIMEOUT_MS);
    upstream.once('upgrade', (answer, peer, first) => {
      clearTimeout(opening);
      socket.write(`HTTP/1.1 101 ${answer.statusMessage}\r\n${rawHeaders(answer)}\r\n`);
      if (first.length > 0) socket.write(first);
      if (head.length > 0) peer.write(head);
      peer.on('error', () => socket.destroy()).on('close', () => socket.destroy());
      socket.on('error', () => peer.destroy()).on('close', () => peer.destroy());
      peer.pipe(socket).pipe(peer);
    });
    upstream.once('response', (answer) => {
      clearTimeout(opening);
      socket.write(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\nConnection: close\r\n`);
      const kept = Object.entries(endToEnd(answer.headers)).flatMap(([name, value]) =>
        [value].flat().map((each) => `${name}: ${each}\r\n`),
      );
      socket.write(`${kept.join('')}\r\n`);
      answer.pipe(socket);
    });
    upstream.on('error', () => {
      clearTimeout(opening);
      closeWith(socket, UNREACHABLE);
    });
    socket.once('close', () => upstream.destroy());
    upstream.end();
  };

  return {
    mount: {
      on: 'front',
      takes: (host) => host.endsWith('.localhost'),
      async request(request, response, url) {
        if (inFlight >= MAX_IN_FLIGHT) return refuse(response, BUSY);
        inFlight += 1;
        try {
          await forward(request, response, url.pathname);
        } finally {
          inFlight -= 1;
        }
      },
      upgrade(request, socket, head, url) {
        if (inFlight >= MAX_IN_FLIGHT) return closeWith(socket, BUSY);
        inFlight += 1;
        socket.once('close', () => {
          inFlight -= 1;
        });
        tunnel(request, socket, head, url.pathname);
      },
    },
    async stop() {
      unsubscribe();
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
      pools.clear();
    },
  };
}

/** A connection for one request, which no other has used: its peer cannot be about to close it. */
function aloneTo({ host, port }: Endpoint, response: ServerResponse): Client {
  const client = new Client(`http://${host}:${port}`, CONNECTION);
  response.once('close', () => void client.destroy().catch(() => undefined));
  return client;
}

/** What visitors read: nothing of what stands behind the address. */
const NO_APP: Refusal = { status: 404, text: 'There is no app at this address.' };
const NOT_RUNNING: Refusal = { status: 503, text: 'This app is not running right now.' };
const ASTRAY: Refusal = { status: 500, text: 'This app cannot be reached right now.' };
const UNREACHABLE: Refusal = { status: 502, text: 'This app did not answer.' };
const LATE: Refusal = { status: 504, text: 'This app did not answer in time.' };
const BUSY: Refusal = { status: 503, text: 'Too many requests are under way. Try again in a moment.' };

function hostOf({ headers }: IncomingMessage): string {
  return (headers.host ?? '').replace(/:\d+$/, '').replace(/\.$/, '').toLowerCase();
}

function refuse(response: ServerResponse, { status, text }: Refusal): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const retry = status === 503 ? { 'retry-after': '1' } : {};
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...retry }).end(`${text}\n`);
}

function closeWith(socket: Duplex, { status, text }: Refusal): void {
  refuseUpgrade(socket, status, STATUS_CODES[status] ?? '', text);
}

function rawHeaders({ rawHeaders: raw }: IncomingMessage): string {
  const lines: string[] = [];
  for (let at = 0; at < raw.length; at += 2) lines.push(`${raw[at]}: ${raw[at + 1]}\r\n`);
  return lines.join('');
}
