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
 * True where no web page sent the request, or a page from one of `addresses` did: every page on the web can send requests to
 * loopback. A browser says in `Origin` where the page is from.
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
 * True where a page of another origin loads this as an image, a script, a frame or the like, for which browsers send no `Origin`. A link
 * that a person follows is none of these. Source: https://www.w3.org/TR/fetch-metadata/
 */
function isEmbedded({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  const isLink = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return (site === 'cross-site' || site === 'same-site') && !isLink;
}
