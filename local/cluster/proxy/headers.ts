import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** Headers that concern one connection (RFC 9110, 7.6.1), and `expect`, which this proxy has answered. */
const HOP_BY_HOP = new Set([
  'connection',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

type Headers = Record<string, string | string[]>;

/** The headers to pass on: without hop-by-hop headers, and those named in the Connection header. */
export function endToEnd(headers: IncomingHttpHeaders): Headers {
  const named = String(headers.connection ?? '')
    .toLowerCase()
    .split(',')
    .map((each) => each.trim());
  const kept = Object.entries(headers).flatMap(([name, value]) => {
    const dropped = value === undefined || HOP_BY_HOP.has(name) || named.includes(name);
    return dropped ? [] : [[name, value] as const];
  });
  return Object.fromEntries(kept);
}

/** The headers for the app: the client's with its own Host, and the origin of the request. */
export function forwarded(request: IncomingMessage): Headers {
  const headers = endToEnd(request.headers);
  const before = request.headers['x-forwarded-for'];
  const client = request.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '';
  return {
    ...headers,
    'x-forwarded-for': before === undefined ? client : `${String(before)}, ${client}`,
    'x-forwarded-proto': 'http',
    'x-forwarded-host': request.headers.host ?? '',
    'x-forwarded-port': String(request.socket.localPort ?? ''),
  };
}
