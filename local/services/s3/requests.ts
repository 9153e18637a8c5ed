import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Principal } from '../../kernel/iam.ts';
import { EDGE_REGION, type Kernel, REGION } from '../../kernel/kernel.ts';
import { AwsError } from '../../kernel/service.ts';
import { signedBody } from '../../wire/body.ts';
import { escapeXml } from '../../wire/query.ts';
import type { ObjectInfo, Objects } from './objects.ts';

/** One request to an existing bucket. `key` is empty for the bucket itself. */
export interface S3Call {
  readonly kernel: Kernel;
  readonly objects: Objects;
  readonly bucket: string;
  readonly key: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly principal: Principal;
  readonly url: URL;
}

type Handler = (call: S3Call) => Promise<void> | void;

/** Headers that every request may carry: the signature's own, and those that clients add by themselves. */
const COMMON_HEADERS = ['x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token', 'x-amz-user-agent'];
const CHECKSUMS = ['x-amz-checksum-crc32', 'x-amz-checksum-sha1', 'x-amz-checksum-sha256'];
const PUT_HEADERS = [
  ...CHECKSUMS,
  'x-amz-sdk-checksum-algorithm',
  'x-amz-trailer',
  'x-amz-decoded-content-length',
  'if-none-match',
  'x-amz-server-side-encryption',
];
const CONDITIONS = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'];
const SIGNATURE =
  /^x-amz-(algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256|user-agent)$/;

interface Operation {
  readonly action: string;
  readonly headers: readonly string[];
  readonly query: readonly string[];
  readonly handle: Handler;
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  PutObject: {
    action: 's3:PutObject',
    headers: PUT_HEADERS,
    // Clients put the checksum of an empty body into a presigned address; S3 ignores it.
    query: ['x-amz-checksum-crc32', 'x-amz-sdk-checksum-algorithm'],
    handle: putObject,
  },
  GetObject: {
    action: 's3:GetObject',
    headers: ['x-amz-checksum-mode'],
    query: ['x-amz-checksum-mode'],
    handle: getObject,
  },
  HeadObject: { action: 's3:GetObject', headers: ['x-amz-checksum-mode'], query: [], handle: getObject },
  DeleteObject: { action: 's3:DeleteObject', headers: [], query: [], handle: deleteObject },
  ListObjectsV2: {
    action: 's3:ListBucket',
    headers: [],
    query: ['list-type', 'prefix', 'max-keys', 'continuation-token', 'start-after', 'encoding-type'],
    handle: listObjects,
  },
  GetBucketLocation: {
    action: 's3:GetBucketLocation',
    headers: ['x-amz-expected-bucket-owner'],
    query: ['location'],
    handle: ({ response, bucket }) => xml(response, `<LocationConstraint>${regionOf(bucket)}</LocationConstraint>`),
  },
  GetBucketEncryption: {
    action: 's3:GetEncryptionConfiguration',
    headers: [],
    query: ['encryption'],
    handle: ({ response }) => xml(response, ENCRYPTION),
  },
};

/** The defaults of every new bucket today. */
const ENCRYPTION =
  '<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>';

/** A bucket of the edge's region carries its name; for us-east-1 there is none. */
function regionOf(bucket: string): string {
  return bucket.endsWith(`-${EDGE_REGION}`) ? '' : REGION;
}

function xml(response: ServerResponse, content: string): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?>${content}`;
  response.writeHead(200, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) }).end(body);
}

/** Answers a request by the operation of its method and path; anything else is refused by name. */
export async function serve(call: S3Call): Promise<void> {
  const { request, url, bucket, key, kernel, principal } = call;
  const name = operationName(request.method ?? '', key, url);
  const operation = OPERATIONS[name];
  if (operation === undefined) throw notEmulated(name);
  const headers = [...COMMON_HEADERS, ...operation.headers];
  for (const header of Object.keys(request.headers)) {
    const isGuarded = header.startsWith('x-amz-') || CONDITIONS.includes(header);
    const refused = isGuarded && !headers.includes(header);
    if (refused && !(name === 'PutObject' && header.startsWith('x-amz-meta-')))
      throw notEmulated(`${header} of ${name}`);
  }
  for (const parameter of url.searchParams.keys()) {
    const lower = parameter.toLowerCase();
    if (lower !== 'x-id' && !SIGNATURE.test(lower) && !operation.query.includes(lower)) {
      throw notEmulated(`${parameter} of ${name}`);
    }
  }
  kernel.iam.require(principal, { action: operation.action, resource: arnOf(bucket, key) });
  kernel.meter.count('s3.requests');
  await operation.handle(call);
}

/** The ARN of a bucket, or of an object in it. */
export function arnOf(bucket: string, key = ''): string {
  return `arn:aws:s3:::${bucket}${key === '' ? '' : `/${key}`}`;
}

/** The object, or S3's error: only a caller who may list the bucket learns that the object is missing. */
export function requireObject({
  kernel,
  objects,
  bucket,
  key,
  principal,
}: Pick<S3Call, 'kernel' | 'objects' | 'bucket' | 'key' | 'principal'>): ObjectInfo {
  const info = objects.find(bucket, key);
  if (info !== undefined) return info;
  kernel.iam.require(principal, { action: 's3:ListBucket', resource: arnOf(bucket) });
  throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
}

function operationName(method: string, key: string, url: URL): string {
  if (key !== '' && url.searchParams.has('uploadId')) return `${method} of a part or an end of a multipart upload`;
  if (key !== '' && url.searchParams.has('uploads')) return 'CreateMultipartUpload';
  if (key !== '')
    return { PUT: 'PutObject', GET: 'GetObject', HEAD: 'HeadObject', DELETE: 'DeleteObject' }[method] ?? method;
  if (method === 'GET' && url.searchParams.has('location')) return 'GetBucketLocation';
  if (method === 'GET' && url.searchParams.has('encryption')) return 'GetBucketEncryption';
  if (method === 'GET')
    return url.searchParams.get('list-type') === '2'
      ? 'ListObjectsV2'
      : `GET of a bucket with ${url.search || 'no query'}`;
  return `${method} of a bucket`;
}

async function putObject({ objects, bucket, key, request, response }: S3Call): Promise<void> {
  const header = (name: string) => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  if (key.length > 1024) throw new AwsError('KeyTooLongError', 'Your key is too long');
  const condition = header('if-none-match');
  if (condition !== undefined && condition !== '*') throw notEmulated('If-None-Match of PutObject other than *');
  if (condition !== undefined) objects.requireNone(bucket, key);
  const length = header('x-amz-decoded-content-length') ?? header('content-length');
  if (length === undefined)
    throw new AwsError('MissingContentLength', 'You must provide the Content-Length HTTP header.', 411);
  const trailer = header('x-amz-trailer') ?? 'x-amz-checksum-crc32';
  if (!CHECKSUMS.includes(trailer)) throw notEmulated(`trailer ${trailer} of PutObject`);
  const checksum = (['sha256', 'sha1'] as const).find(
    (name) => trailer === `x-amz-checksum-${name}` || header(`x-amz-checksum-${name}`) !== undefined,
  );
  const metadata = Object.entries(request.headers).filter(([name]) => name.startsWith('x-amz-meta-'));
  const info = await objects.put(
    bucket,
    key,
    signedBody(request),
    {
      checksum,
      contentType: header('content-type') ?? 'binary/octet-stream',
      cacheControl: header('cache-control'),
      metadata: Object.fromEntries(metadata.map(([name, value]) => [name, String(value)])),
    },
    {
      length: Number(length),
      md5: header('content-md5'),
      crc32: header('x-amz-checksum-crc32'),
      sha1: header('x-amz-checksum-sha1'),
      sha256: header('x-amz-checksum-sha256'),
    },
    condition !== undefined,
  );
  response.writeHead(200, { etag: `"${info.etag}"`, ...checksumOf(info), 'content-length': 0 }).end();
}

/** The header of an object's stored checksum. */
function checksumOf({ checksum, crc32 }: ObjectInfo): Readonly<Record<string, string>> {
  return checksum === undefined
    ? { 'x-amz-checksum-crc32': crc32 }
    : { [`x-amz-checksum-${checksum.name}`]: checksum.value };
}

async function getObject(call: S3Call): Promise<void> {
  const { objects, bucket, request, response, url } = call;
  const info = requireObject(call);
  const range = rangeOf(request.headers.range, info.size);
  const { start, end } = range ?? { start: 0, end: info.size - 1 };
  const mode = request.headers['x-amz-checksum-mode'] ?? url.searchParams.get('x-amz-checksum-mode');
  response.writeHead(range === undefined ? 200 : 206, {
    'content-length': end - start + 1,
    'content-type': info.contentType,
    etag: `"${info.etag}"`,
    'last-modified': new Date(info.modified).toUTCString(),
    'accept-ranges': 'bytes',
    ...(info.cacheControl === undefined ? {} : { 'cache-control': info.cacheControl }),
    ...info.metadata,
    ...(range === undefined ? {} : { 'content-range': `bytes ${start}-${end}/${info.size}` }),
    ...(mode === 'ENABLED' && range === undefined ? { ...checksumOf(info), 'x-amz-checksum-type': 'FULL_OBJECT' } : {}),
  });
  if (request.method === 'HEAD' || end < start) response.end();
  else await pipeline(objects.stream(bucket, info, start, end), response).catch(() => response.destroy());
}

/** One range of bytes, as `bytes=0-99`, `bytes=100-` or `bytes=-100`; other forms are ignored, as on S3. */
function rangeOf(
  header: string | undefined,
  size: number,
): { readonly start: number; readonly end: number } | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(size - Number(last), 0) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start >= size || end < start) throw new AwsError('InvalidRange', 'The requested range is not satisfiable', 416);
  return { start, end };
}

function deleteObject({ objects, bucket, key, response }: S3Call): void {
  objects.delete(bucket, key);
  response.writeHead(204).end();
}

function listObjects({ objects, bucket, url, response }: S3Call): void {
  const query = url.searchParams;
  const most = Math.min(Number(query.get('max-keys') ?? 1000), 1000);
  if (!Number.isInteger(most) || most < 0) throw new AwsError('InvalidArgument', 'max-keys must be a number from 0');
  const token = query.get('continuation-token');
  const after = token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString();
  const prefix = query.get('prefix') ?? '';
  const encoding = query.get('encoding-type');
  if (encoding !== null && encoding !== 'url')
    throw new AwsError('InvalidArgument', 'Invalid Encoding Method specified in Request');
  const shown = (key: string) =>
    escapeXml(encoding === null ? key : encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+'));
  const found = objects.list(bucket, prefix, after, most + 1);
  const page = found.slice(0, most);
  const last = page.at(-1)?.[0];
  const contents = page.map(
    ([key, info]) =>
      `<Contents><Key>${shown(key)}</Key><LastModified>${new Date(info.modified).toISOString()}</LastModified><ETag>&quot;${info.etag}&quot;</ETag><Size>${info.size}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
  );
  const next =
    found.length > most && last !== undefined
      ? `<NextContinuationToken>${Buffer.from(last).toString('base64url')}</NextContinuationToken>`
      : '';
  const body = `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name><Prefix>${shown(prefix)}</Prefix>${encoding === null ? '' : '<EncodingType>url</EncodingType>'}<KeyCount>${page.length}</KeyCount><MaxKeys>${most}</MaxKeys><IsTruncated>${next !== ''}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`;
  response.writeHead(200, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) }).end(body);
}

function notEmulated(what: string): AwsError {
  return new AwsError('NotImplemented', `local cloud: ${what} of S3 is not emulated`, 501);
}
