import type { IncomingMessage } from 'node:http';
import type { CorsConfiguration } from './api.ts';
import type { HttpAnswer } from './http-answer.ts';

type Headers = readonly (readonly [string, string])[];

/** The answer to a preflight, which API Gateway gives itself if CORS is configured; undefined otherwise. */
export function preflight(cors: CorsConfiguration | undefined, request: IncomingMessage): HttpAnswer | undefined {
  if (cors === undefined || request.method !== 'OPTIONS') return undefined;
  if (request.headers.origin === undefined) return undefined;
  if (request.headers['access-control-request-method'] === undefined) return undefined;
  const allowed = corsHeaders(cors, request.headers.origin);
  if (allowed.length === 0) return { status: 204, headers: [], body: Buffer.alloc(0) };
  const { AllowHeaders = [], AllowMethods = [], MaxAge } = cors;
  const headers: [string, string][] = [];
  if (AllowMethods.length > 0) headers.push(['access-control-allow-methods', AllowMethods.join(',')]);
  if (AllowHeaders.length > 0) headers.push(['access-control-allow-headers', AllowHeaders.join(',')]);
  if (MaxAge !== undefined) headers.push(['access-control-max-age', String(MaxAge)]);
  return { status: 204, headers: [...allowed, ...headers], body: Buffer.alloc(0) };
}

/** The headers for an answer to an allowed origin; none for another. */
function corsHeaders(cors: CorsConfiguration, origin: string): Headers {
  const { AllowCredentials, AllowOrigins = [], ExposeHeaders = [] } = cors;
  const any = AllowOrigins.includes('*');
  const scheme = `${origin.split('://', 1)[0]}://*`;
  if (!any && !AllowOrigins.includes(scheme) && !AllowOrigins.includes(origin)) return [];
  const headers: [string, string][] = [['access-control-allow-origin', any ? '*' : origin]];
  if (!any) headers.push(['vary', 'Origin']);
  if (String(AllowCredentials ?? false) === 'true') headers.push(['access-control-allow-credentials', 'true']);
  if (ExposeHeaders.length > 0) headers.push(['access-control-expose-headers', ExposeHeaders.join(',')]);
  return headers;
}

/** The answer with the gateway's CORS headers; with CORS configured the function's own are ignored, as on AWS. */
export function withCors(
  cors: CorsConfiguration | undefined,
  origin: string | undefined,
  answer: HttpAnswer,
): HttpAnswer {
  if (cors === undefined) return answer;
  const own = answer.headers.filter(([name]) => !name.startsWith('access-control-'));
  return { ...answer, headers: origin === undefined ? own : [...own, ...corsHeaders(cors, origin)] };
}
