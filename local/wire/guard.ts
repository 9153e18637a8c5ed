import type { IncomingMessage } from 'node:http';

/** The host name of a request, in lower case and without its port; undefined for a missing or malformed header. */
export function hostName(request: IncomingMessage): string | undefined {
  return /^([a-z0-9.-]+)(?::\d+)?$/.exec((request.headers.host ?? '').toLowerCase())?.[1];
}

/** True for a loopback endpoint's own names: a page that rebinds its own name is refused. */
export function isLoopbackHost(host: string | undefined): boolean {
  return host === '127.0.0.1' || host === 'localhost';
}

/**
 * True if no web page sent the request, or a page of one of `addresses` did: every page on the web can send requests to loopback. A browser names the
 * page's origin in `Origin`.
 */
export function isKnownOrigin(request: IncomingMessage, addresses: readonly string[]): boolean {
  const { origin } = request.headers;
  if (origin === undefined) return !isEmbedded(request);
  return addresses.some((address) => {
    const { port } = new URL(address);
    return origin === `http://127.0.0.1:${port}` || origin === `http://localhost:${port}`;
  });
}

/**
 * True if a page of another origin loads this as an image, a script, a frame or similar, for which browsers send no `Origin`. A followed link is none
 * of these. Source: https://www.w3.org/TR/fetch-metadata/
 */
function isEmbedded({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  const isLink = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return (site === 'cross-site' || site === 'same-site') && !isLink;
}
