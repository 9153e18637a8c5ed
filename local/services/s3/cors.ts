import type { IncomingMessage, ServerResponse } from 'node:http';

/** A rule of a bucket's `CorsConfiguration`. */
export interface CorsRule {
  readonly AllowedMethods: readonly string[];
  readonly AllowedOrigins: readonly string[];
  readonly AllowedHeaders?: readonly string[];
  readonly ExposedHeaders?: readonly string[];
  /** Seconds. */
  readonly MaxAge?: number | string;
}

/** Sets the headers that let a foreign page read the answer, if a rule allows its origin and method. */
export function allowOrigin(rules: readonly CorsRule[], request: IncomingMessage, response: ServerResponse): void {
  const { origin } = request.headers;
  if (origin === undefined) return;
  const rule = ruleFor(rules, origin, request.method ?? '');
  if (rule !== undefined) answerOrigin(rule, origin, response);
}

/** Answers a preflight: 403 when no rule allows the origin, the method and each of the headers. */
export function preflight(rules: readonly CorsRule[], request: IncomingMessage, response: ServerResponse): void {
  const { origin, 'access-control-request-method': method, 'access-control-request-headers': asked } = request.headers;
  const headers = (asked ?? '').split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim().toLowerCase()]));
  const rule = origin === undefined || method === undefined ? undefined : ruleFor(rules, origin, method, headers);
  if (origin === undefined || rule === undefined) {
    const body =
      '<Error><Code>AccessForbidden</Code><Message>CORSResponse: This CORS request is not allowed.</Message></Error>';
    response.writeHead(403, { 'content-type': 'application/xml' }).end(body);
    return;
  }
  answerOrigin(rule, origin, response);
  response.setHeader('access-control-allow-methods', rule.AllowedMethods.join(', '));
  if (headers.length > 0) response.setHeader('access-control-allow-headers', headers.join(', '));
  if (rule.MaxAge !== undefined) response.setHeader('access-control-max-age', String(rule.MaxAge));
  response.writeHead(200, { 'content-length': 0 }).end();
}

function answerOrigin(rule: CorsRule, origin: string, response: ServerResponse): void {
  response.setHeader('access-control-allow-origin', rule.AllowedOrigins.includes('*') ? '*' : origin);
  response.setHeader('vary', 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method');
  if (rule.ExposedHeaders !== undefined) {
    response.setHeader('access-control-expose-headers', rule.ExposedHeaders.join(', '));
  }
}

function ruleFor(
  rules: readonly CorsRule[],
  origin: string,
  method: string,
  headers: readonly string[] = [],
): CorsRule | undefined {
  return rules.find(
    (rule) =>
      rule.AllowedMethods.includes(method) &&
      rule.AllowedOrigins.some((allowed) => matches(allowed, origin)) &&
      headers.every((name) => (rule.AllowedHeaders ?? []).some((allowed) => matches(allowed.toLowerCase(), name))),
  );
}

/** A pattern has at most one `*`. */
function matches(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === text;
  const [before, after] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return text.length >= before.length + after.length && text.startsWith(before) && text.endsWith(after);
}
