import { lookup } from 'node:dns';
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { PassThrough, pipeline, type Readable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { GantryError } from '@gantry/contract/errors.ts';
import { isPublicAddress } from './addresses.ts';
import { explain, refused } from './failures.ts';

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Headers with credentials: no other origin gets them. https://fetch.spec.whatwg.org/#http-redirect-fetch */
const CREDENTIALS = new Set(['authorization', 'cookie', 'proxy-authorization']);

export interface OutboundRequest {
  readonly method?: 'GET' | 'HEAD' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface OutboundOptions {
  /** Whether private addresses and plain http are allowed: only on a platform of one machine. */
  readonly privateAddresses: boolean;
  /** The number of redirects to follow; 5 by default. */
  readonly maxRedirects?: number;
  /** The time limit in milliseconds, redirects and the body included. */
  readonly timeoutMs: number;
}

export interface OutboundResponse {
  /** The final address, after redirects. */
  readonly url: URL;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** When the server's certificate expires, in milliseconds since 1970; absent without TLS. */
  readonly certificateExpires?: number;
  /** Unbounded: read it through `body.ts`, or destroy it. It fails with a GantryError. */
  readonly body: Readable;
}

/**
 * Requests an address that a user chose. Its host, and each host that it redirects to, must be on the public internet. The connection's own look-up
 * checks the resolved address, so no second answer of the DNS can differ. Every HTTP status is an answer. Throws Invalid for a refused address,
 * NotFound for an unknown host, Unavailable without an answer in time.
 */
export async function outboundFetch(
  address: string | URL,
  init: OutboundRequest,
  { privateAddresses, maxRedirects = MAX_REDIRECTS, timeoutMs }: OutboundOptions,
): Promise<OutboundResponse> {
  const deadline = { signal: AbortSignal.timeout(timeoutMs), timeoutMs };
  let url = checked(address, privateAddresses);
  let current = init;
  for (let followed = 0; ; followed += 1) {
    const response = await send(url, current, privateAddresses, deadline);
    const { location } = response.headers;
    if (!REDIRECTS.has(response.status) || location === undefined) return response;
    response.body.destroy();
    if (followed >= maxRedirects) {
      throw new GantryError(
        'Invalid',
        `${url.host} redirects more than ${maxRedirects} times. Use the address that it ends at.`,
      );
    }
    const next = checked(location, privateAddresses, url);
    current = afterRedirect(current, response.status, next.origin === url.origin);
    url = next;
  }
}

/**
 * An address that a user chose, as `outboundFetch` would call it. Throws Invalid for one that it refuses by itself; the DNS is asked only when the
 * address is called.
 */
export function requireAddress(address: string, privateAddresses: boolean): URL {
  return checked(address, privateAddresses);
}

function checked(address: string | URL, privateAddresses: boolean, base?: URL): URL {
  const url = URL.parse(String(address), base?.href);
  const from = base === undefined ? '' : ` that ${base.host} redirects to`;
  if (url === null) throw new GantryError('Invalid', `The address${from} is no URL.`);
  if (url.protocol !== 'https:' && !(privateAddresses && url.protocol === 'http:')) {
    throw new GantryError('Invalid', `The address${from} must begin with https://, not ${url.protocol}//.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new GantryError('Invalid', `The address${from} has a user name or password in it. Give it as a credential.`);
  }
  const literal = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (!privateAddresses && isIP(literal) !== 0 && !isPublicAddress(literal)) throw refused(url.host);
  return url;
}

/** The next request after a redirect. RFC 9110, section 15.4: a POST becomes a GET, unless the status keeps the method. */
function afterRedirect(init: OutboundRequest, status: number, sameOrigin: boolean): OutboundRequest {
  const keeps = status === 307 || status === 308 || init.method !== 'POST';
  const headers = Object.entries(init.headers ?? {}).filter(([name]) => {
    const lower = name.toLowerCase();
    return (sameOrigin || !CREDENTIALS.has(lower)) && (keeps || !lower.startsWith('content-'));
  });
  return keeps
    ? { ...init, headers: Object.fromEntries(headers) }
    : { method: 'GET', headers: Object.fromEntries(headers) };
}

/** Resolves a name for a connection; refuses a host with any address outside of the public internet. */
const publicLookup: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return done(error, []);
    if (!addresses.every(({ address }) => isPublicAddress(address))) return done(refused(hostname), []);
    if (options.all === true) return done(null, addresses);
    const [first] = addresses;
    return done(null, first?.address ?? '', first?.family);
  });
};

interface Deadline {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

function send(
  url: URL,
  { method = 'GET', headers, body }: OutboundRequest,
  privateAddresses: boolean,
  { signal, timeoutMs }: Deadline,
): Promise<OutboundResponse> {
  const failure = (error: unknown) =>
    signal.aborted
      ? new GantryError('Unavailable', `${url.host} took longer than ${timeoutMs / 1000} seconds. Try again.`)
      : explain(error, url.host);
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method,
      headers: { 'user-agent': 'gantry', ...headers },
      signal,
      ...(!privateAddresses && { lookup: publicLookup }),
      // A new connection each time: a kept one may have been opened without the check, or be dead since a function was frozen.
      agent: false,
    });
    sent.once('error', (error) => reject(failure(error)));
    sent.once('response', (message: IncomingMessage) => {
      const readable = new PassThrough({ destroy: (error, done) => done(error && failure(error)) });
      pipeline(message, readable, () => undefined);
      const { socket, statusCode: status = 0, headers: answered } = message;
      const expires = socket instanceof TLSSocket ? Date.parse(socket.getPeerCertificate().valid_to) : undefined;
      resolve({ url, status, headers: answered, body: readable, ...(expires && { certificateExpires: expires }) });
    });
    sent.end(body);
  });
}
