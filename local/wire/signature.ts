import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Iam, Principal } from '../kernel/iam.ts';
import { EDGE_REGION, REGION } from '../kernel/kernel.ts';
import { AwsError } from '../kernel/service.ts';

/** A request as signed: `url` is path and query exactly as on the wire, `host` is among the headers. */
export interface SignedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

/** The signer, the service, and the payload hash that the signature covers (or `UNSIGNED-PAYLOAD`, `STREAMING-…`). */
export interface Verified {
  readonly principal: Principal;
  readonly service: string;
  readonly region: string;
  readonly payloadHash: string;
}

interface Claim {
  readonly accessKeyId: string;
  readonly day: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly date: string;
  readonly token: string;
  readonly payloadHash: string;
  /** How long a presigned URL is valid, in seconds; a signed header is valid for fifteen minutes around its date. */
  readonly expires: number | undefined;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SKEW_MS = 15 * 60_000;
const MAX_EXPIRES_S = 7 * 24 * 3600;
const EMPTY_HASH = hash('sha256', '');

/** True if a request has a Signature Version 4, in its header or in its query. */
export function isSigned(request: SignedRequest): boolean {
  return (
    request.headers.authorization?.startsWith('AWS4-') === true || /[?&]X-Amz-(Signature|Algorithm)=/i.test(request.url)
  );
}

/**
 * Verifies a Signature Version 4, in the header or presigned, against the credentials that `iam` gave out. `bodyHash` replaces a missing
 * `x-amz-content-sha256`. Throws AWS's own errors: unknown key, wrong signature, expired, wrong region or token. Source:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function verifySignature(
  iam: Iam,
  request: SignedRequest,
  { now = Date.now(), bodyHash = EMPTY_HASH }: { readonly now?: number; readonly bodyHash?: string } = {},
): Verified {
  const { path, query } = splitUrl(request.url);
  const header = request.headers.authorization;
  const claim =
    header === undefined
      ? queryClaim(query, request.headers, bodyHash)
      : headerClaim(header, request.headers, bodyHash);
  const known = iam.identify(claim.accessKeyId);
  if (known === undefined || known.credentials.sessionToken !== claim.token) {
    throw new AwsError('UnrecognizedClientException', 'The security token included in the request is invalid.', 403);
  }
  if ((known.credentials.expiration ?? now) < now) {
    throw new AwsError('ExpiredTokenException', 'The security token included in the request is expired', 403);
  }
  if (claim.region !== REGION && claim.region !== EDGE_REGION)
    throw mismatch(`Credential should be scoped to a valid region, not '${claim.region}'.`);
  if (!claim.signedHeaders.includes('host'))
    throw mismatch(`'Host' must be a 'SignedHeader' in the AWS Authorization.`);
  checkTime(claim, now);
  const canonical = [
    request.method,
    claim.service === 's3' ? path : doubleEncoded(path),
    canonicalQuery(query),
    ...claim.signedHeaders.map((name) => `${name}:${headerValue(request.headers, name)}`),
    '',
    claim.signedHeaders.join(';'),
    claim.payloadHash,
  ].join('\n');
  const scope = `${claim.day}/${claim.region}/${claim.service}/aws4_request`;
  const toSign = [ALGORITHM, claim.date, scope, sha256(canonical)].join('\n');
  const key = signingKey(known.credentials.secretAccessKey, scope);
  if (!equal(hmac(key, toSign).toString('hex'), claim.signature)) {
    throw mismatch(
      'The request signature we calculated does not match the signature you provided. ' +
        'Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    );
  }
  if (claim.service === 's3') requireAmzSigned(request.headers, claim.signedHeaders);
  return {
    principal: known.principal,
    service: claim.service,
    region: claim.region,
    payloadHash: claim.payloadHash,
  };
}

/** S3 refuses its own headers outside of the signature: the holder of a presigned address could otherwise add metadata. */
function requireAmzSigned(headers: IncomingHttpHeaders, signed: readonly string[]): void {
  const unsigned = Object.keys(headers).filter((name) => name.startsWith('x-amz-') && !signed.includes(name));
  if (unsigned.length > 0) {
    const message = 'There were headers present in the request which were not signed';
    throw new AwsError('AccessDenied', message, 403, { HeadersNotSigned: unsigned.join(', ') });
  }
}

function headerClaim(header: string, headers: IncomingHttpHeaders, bodyHash: string): Claim {
  const [, algorithm, fields = ''] = /^(\S+)\s+(.*)$/.exec(header) ?? [];
  const field = (name: string) => new RegExp(`(?:^|[,\\s])${name}=([^,\\s]+)`).exec(fields)?.[1] ?? '';
  return {
    ...credentialOf(algorithm, field('Credential')),
    signedHeaders: field('SignedHeaders').split(';'),
    signature: field('Signature'),
    date: headerValue(headers, 'x-amz-date'),
    token: headerValue(headers, 'x-amz-security-token'),
    payloadHash: headerValue(headers, 'x-amz-content-sha256') || bodyHash,
    expires: undefined,
  };
}

function queryClaim(query: readonly Pair[], headers: IncomingHttpHeaders, bodyHash: string): Claim {
  const field = (name: string) => query.find(([key]) => key.toLowerCase() === name)?.[1] ?? '';
  const credential = credentialOf(field('x-amz-algorithm'), field('x-amz-credential'));
  const expires = Number(field('x-amz-expires') || Number.NaN);
  if (!Number.isInteger(expires) || expires < 1 || expires > MAX_EXPIRES_S) {
    throw new AwsError('AuthorizationQueryParametersError', 'X-Amz-Expires must be between 1 and 604800 seconds.');
  }
  return {
    ...credential,
    signedHeaders: field('x-amz-signedheaders').split(';'),
    signature: field('x-amz-signature'),
    date: field('x-amz-date'),
    token: field('x-amz-security-token'),
    payloadHash:
      field('x-amz-content-sha256') ||
      headerValue(headers, 'x-amz-content-sha256') ||
      (credential.service === 's3' ? 'UNSIGNED-PAYLOAD' : bodyHash),
    expires,
  };
}

function credentialOf(algorithm: string | undefined, credential: string) {
  const [accessKeyId = '', day = '', region = '', service = '', end] = credential.split('/');
  if (algorithm !== ALGORITHM || end !== 'aws4_request') {
    throw new AwsError('IncompleteSignatureException', `Only ${ALGORITHM} with a complete Credential is accepted.`);
  }
  return { accessKeyId, day, region, service };
}

function checkTime({ date, day, expires }: Claim, now: number): void {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  const signed = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
  if (Number.isNaN(signed) || !date.startsWith(day))
    throw mismatch('Date in Credential scope does not match x-amz-date.');
  if (signed - now > SKEW_MS) throw mismatch(`Signature not yet current: ${date} is in the future.`);
  if (now - signed > (expires === undefined ? SKEW_MS : expires * 1000)) {
    throw expires === undefined
      ? mismatch(`Signature expired: ${date} is more than fifteen minutes ago.`)
      : new AwsError('RequestExpired', 'Request has expired', 403);
  }
}

type Pair = readonly [string, string];

function splitUrl(url: string): { readonly path: string; readonly query: readonly Pair[] } {
  const mark = url.indexOf('?');
  if (mark < 0) return { path: url, query: [] };
  const query = url
    .slice(mark + 1)
    .split('&')
    .filter((part) => part !== '')
    .map((part): Pair => {
      const equals = part.indexOf('=');
      return equals < 0 ? [decode(part), ''] : [decode(part.slice(0, equals)), decode(part.slice(equals + 1))];
    });
  return { path: url.slice(0, mark), query };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new AwsError('IncompleteSignatureException', 'The query string is not valid percent-encoding.');
  }
}

function canonicalQuery(query: readonly Pair[]): string {
  return query
    .filter(([name]) => name.toLowerCase() !== 'x-amz-signature')
    .map(([name, value]): Pair => [encode(name), encode(value)])
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** Every service but S3 signs the path normalized and encoded once more than sent. */
function doubleEncoded(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(encode(segment));
  }
  return `/${segments.join('/')}${segments.length > 0 && path.endsWith('/') ? '/' : ''}`;
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function headerValue(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return (Array.isArray(value) ? value.join(',') : (value ?? '')).trim().replace(/\s+/g, ' ');
}

function mismatch(message: string): AwsError {
  return new AwsError('InvalidSignatureException', message, 403);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The keys of the last callers, by secret and scope. A key is good for a day, and takes five times as long to make as to use. */
const signingKeys = new Map<string, KeyObject>();
const MAX_SIGNING_KEYS = 1_000;

/** The key for signatures of one scope, `<day>/<region>/<service>/aws4_request`. */
function signingKey(secret: string, scope: string): KeyObject {
  const name = `${secret}/${scope}`;
  const made =
    signingKeys.get(name) ??
    createSecretKey(scope.split('/').reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secret}`)));
  if (signingKeys.size >= MAX_SIGNING_KEYS) signingKeys.clear();
  signingKeys.set(name, made);
  return made;
}

function sha256(text: string): string {
  return hash('sha256', text);
}

function hmac(key: Buffer | KeyObject, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function equal(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
