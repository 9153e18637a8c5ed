import type { IncomingMessage } from 'node:http';

/** The host name of a request, in lower case and without its port; undefined where the header is absent or malformed. */
export function hostName(request: IncomingMessage): string | undefined {
  return /^([a-z0-9.-]+)(?::\d+)?$/.exec((request.headers.host ?? '').toLowerCase())?.[1];
}

/** True for the names by which a loopback endpoint itself is called: a page that rebinds its own name is refused. */
export function isLoopbackHost(host: string | undefined): boolean {
  return host === '127.0.0.1' || host === 'localhost';
}

/**
 * True where the request is not a browser's, or its page came from one of `addresses`: every page on the web can send
 * requests to loopback, and the browser says in `Origin` where the page is from.
 */
export function isKnownOrigin(request: IncomingMessage, addresses: readonly string[]): boolean {
  const { origin } = request.headers;
  if (origin === undefined) return true;
  return addresses.some((address) => {
    const { port } = new URL(address);
    return origin === `http://127.0.0.1:${port}` || origin === `http://localhost:${port}`;
  });
}
