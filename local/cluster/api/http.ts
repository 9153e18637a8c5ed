import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse } from 'yaml';
import { ApiError, badRequest } from './errors.ts';

/** The API server's limit for the body of a write. */
const MAX_BODY = 3 * 1024 * 1024;
const BODY_MS = 30_000;
const LOCAL_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

/**
 * Refuses requests that a web page could send: another Host (DNS rebinding), an Origin, or a resource without one (an image, a frame, a link).
 * Source: https://www.w3.org/TR/fetch-metadata/
 */
export function requireLocal({ headers }: IncomingMessage): void {
  if (!LOCAL_HOST.test(headers.host ?? '')) {
    throw new ApiError(
      403,
      'Forbidden',
      `host ${JSON.stringify(headers.host ?? '')} is not served here: use 127.0.0.1`,
    );
  }
  const { origin, 'sec-fetch-site': site = 'none' } = headers;
  if (origin !== undefined || site !== 'none')
    throw new ApiError(403, 'Forbidden', 'browsers may not call the Kubernetes API');
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const timer = setTimeout(() => request.destroy(), BODY_MS);
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BODY)
        throw new ApiError(413, 'RequestEntityTooLarge', `the body is larger than ${MAX_BODY} bytes`);
      chunks.push(chunk);
    }
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The body as JSON or YAML; undefined for an empty one. Refuses other formats, and more than 3 MiB or half a minute. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const text = await readText(request);
  if (text.trim() === '') return undefined;
  const type = request.headers['content-type'] ?? 'application/json';
  if (!/json|yaml/.test(type)) {
    const why = 'the body of the request was in an unknown format';
    const accepted = 'accepted media types include: application/json, application/yaml';
    throw new ApiError(415, 'UnsupportedMediaType', `${why} - ${accepted}`);
  }
  try {
    return type.includes('yaml') && !text.trimStart().startsWith('{') ? parse(text) : JSON.parse(text);
  } catch (error) {
    throw badRequest(`the body cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    .end(text);
}

export function sendStatus(response: ServerResponse, error: ApiError): void {
  sendJson(response, error.code, error.status());
}
