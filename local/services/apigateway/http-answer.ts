/** An answer as sent over HTTP. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

/** An answer of API Gateway itself: `{"message": …}`. */
export function gatewayAnswer(status: number, message: string): HttpAnswer {
  const body = Buffer.from(JSON.stringify({ message }));
  return { status, headers: [['content-type', 'application/json']], body };
}

/** Headers that the gateway sets itself. */
const DROPPED = new Set(['connection', 'content-length', 'transfer-encoding', 'set-cookie']);

/**
 * A function's answer in payload format 2.0: with a `statusCode` a whole response, without one the body of a 200 in JSON. Undefined for a malformed
 * one, which the client sees as an opaque 500.
 */
export function httpAnswer(payload: unknown): HttpAnswer | undefined {
  if (typeof payload !== 'object' || payload === null || !('statusCode' in payload)) {
    const body = Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
    return { status: 200, headers: [['content-type', 'application/json']], body };
  }
  const { body, cookies, headers, isBase64Encoded, statusCode } = payload as Readonly<Record<string, unknown>>;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 200 || status > 599) return undefined;
  if (body !== undefined && body !== null && typeof body !== 'string') return undefined;
  if (headers !== undefined && headers !== null && typeof headers !== 'object') return undefined;
  if (cookies !== undefined && cookies !== null && !Array.isArray(cookies)) return undefined;
  const given = Object.entries((headers ?? {}) as Readonly<Record<string, unknown>>)
    .map(([name, value]) => [name.toLowerCase(), String(value)] as const)
    .filter(([name]) => !DROPPED.has(name) || (name === 'set-cookie' && !cookies));
  if (!given.some(([name]) => name === 'content-type')) given.push(['content-type', 'text/plain;charset=utf-8']);
  for (const cookie of (cookies ?? []) as readonly unknown[]) given.push(['set-cookie', String(cookie)]);
  return { status, headers: given, body: Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8') };
}
