import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { OriginObject } from '../../kernel/ports.ts';
import { AwsError } from '../../kernel/service.ts';
import { escapeXml } from '../../wire/query.ts';

/** CloudFront compresses these, of these sizes in bytes. https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html */
const COMPRESSIBLE = /^(text\/|application\/(json|manifest\+json|javascript)|image\/svg\+xml)/;
const SIZES = { least: 1_000, most: 10_000_000 };
/** CloudFront does not publish its compression level; this is the default of many servers. */
const QUALITY = 5;

const brotli = promisify(brotliCompress);
const zip = promisify(gzip);

/** Answers with an object of the origin, compressed if the viewer accepts that, or with S3's refusal. */
export async function serveObject(
  open: () => Promise<OriginObject>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const object = await open().catch((error: unknown) => {
    if (error instanceof AwsError) return error;
    throw error;
  });
  if (object instanceof AwsError) {
    const code = object.code === 'AccessDeniedException' ? 'AccessDenied' : object.code;
    response.statusCode = object.status;
    response.setHeader('content-type', 'application/xml').end(`<Error><Code>${escapeXml(code)}</Code></Error>`);
    return;
  }
  const coding = codingFor(object, String(request.headers['accept-encoding'] ?? ''));
  const etag = coding === undefined ? `"${object.etag}"` : `W/"${object.etag}"`;
  response.setHeader('etag', etag);
  if (object.cacheControl !== undefined) response.setHeader('cache-control', object.cacheControl);
  response.setHeader('vary', 'accept-encoding');
  if (request.headers['if-none-match'] === etag) {
    response.statusCode = 304;
    response.end();
    return;
  }
  const body = await encode(object, coding);
  response.setHeader('content-type', object.contentType);
  if (coding !== undefined) response.setHeader('content-encoding', coding);
  response.setHeader('content-length', body.length);
  response.end(request.method === 'HEAD' ? undefined : body);
}

function codingFor({ contentType, body }: OriginObject, accepted: string): 'br' | 'gzip' | undefined {
  if (!COMPRESSIBLE.test(contentType) || body.length < SIZES.least || body.length > SIZES.most) return undefined;
  if (/\bbr\b/.test(accepted)) return 'br';
  return /\bgzip\b/.test(accepted) ? 'gzip' : undefined;
}

function encode({ body }: OriginObject, coding: 'br' | 'gzip' | undefined): Promise<Buffer> | Buffer {
  if (coding === 'br') return brotli(body, { params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY } });
  return coding === 'gzip' ? zip(body) : body;
}
