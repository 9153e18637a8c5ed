import { createHash, type Hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { crc32 } from 'node:zlib';
import { AwsError } from '../kernel/service.ts';

const CHUNKED = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
const HEX_HASH = /^[0-9a-f]{64}$/;

/**
 * A signed request's body as it streams. It removes the chunked framing of SDK clients, and checks the trailer (CRC-32, SHA-1 or SHA-256) and a
 * signed SHA-256. The last piece follows only after that check; throws an `AwsError` for other bytes than the signed ones. Source:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export async function* signedBody(request: IncomingMessage, payloadHash?: string): AsyncGenerator<Buffer> {
  const declared = payloadHash ?? request.headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD';
  if (declared === CHUNKED) {
    yield* unchunked(request);
  } else if (declared === 'UNSIGNED-PAYLOAD') {
    for await (const piece of request) yield piece as Buffer;
  } else if (typeof declared === 'string' && HEX_HASH.test(declared)) {
    const hash = createHash('sha256');
    let held: Buffer | undefined;
    for await (const piece of request) {
      if (held !== undefined) yield held;
      held = piece as Buffer;
      hash.update(held);
    }
    if (hash.digest('hex') !== declared) {
      throw new AwsError(
        'XAmzContentSHA256Mismatch',
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
      );
    }
    if (held !== undefined) yield held;
  } else {
    throw new AwsError('NotImplemented', `local cloud: payload signing ${declared} is not emulated`, 501);
  }
}

/** The whole of a signed body, at most `limit` bytes. */
export async function readBody(request: IncomingMessage, limit: number, payloadHash?: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of signedBody(request, payloadHash)) {
    size += piece.length;
    if (size > limit) throw new AwsError('RequestEntityTooLargeException', `The body exceeds ${limit} bytes.`, 413);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

const MAX_LINE = 1024;

async function* unchunked(request: IncomingMessage): AsyncGenerator<Buffer> {
  const trailer = String(request.headers['x-amz-trailer'] ?? '').toLowerCase();
  const expected = Number(request.headers['x-amz-decoded-content-length'] ?? Number.NaN);
  let buffer: Buffer = Buffer.alloc(0);
  let left = 0;
  let state = 'size' as 'size' | 'data' | 'end' | 'trailer';
  const sum = trailing(trailer);
  let size = 0;
  let held: Buffer | undefined;
  let checksum: string | undefined;
  for await (const piece of request) {
    buffer = buffer.length === 0 ? (piece as Buffer) : Buffer.concat([buffer, piece as Buffer]);
    for (;;) {
      if (state === 'data') {
        if (buffer.length === 0) break;
        const data = buffer.subarray(0, left);
        buffer = buffer.subarray(data.length);
        left -= data.length;
        size += data.length;
        sum?.update(data);
        if (held !== undefined) yield held;
        held = data;
        if (left === 0) state = 'end';
        continue;
      }
      const end = buffer.indexOf('\r\n');
      if (end < 0) {
        if (buffer.length > MAX_LINE) throw malformed();
        break;
      }
      const line = buffer.subarray(0, end).toString('latin1');
      buffer = buffer.subarray(end + 2);
      if (state === 'end') state = 'size';
      else if (state === 'size') {
        if (!/^[0-9a-f]{1,8}$/i.test(line)) throw malformed();
        left = Number.parseInt(line, 16);
        state = left === 0 ? 'trailer' : 'data';
      } else if (trailer !== '' && line.toLowerCase().startsWith(`${trailer}:`)) {
        checksum = line.slice(trailer.length + 1).trim();
      }
    }
  }
  if (state !== 'trailer' || (!Number.isNaN(expected) && expected !== size)) throw malformed();
  if (sum !== undefined && checksum !== sum.digest('base64')) {
    const name = trailer.slice(CHECKSUM.length).toUpperCase();
    throw new AwsError('BadDigest', `The ${name} you specified did not match the calculated checksum.`);
  }
  if (held !== undefined) yield held;
}

const CHECKSUM = 'x-amz-checksum-';

/** The checksum for the trailer of this name; undefined for one that is not checked here. */
function trailing(trailer: string): Pick<Hash, 'update' | 'digest'> | Crc32 | undefined {
  if (trailer === `${CHECKSUM}crc32`) return new Crc32();
  if (trailer === `${CHECKSUM}sha1` || trailer === `${CHECKSUM}sha256`)
    return createHash(trailer.slice(CHECKSUM.length));
  return undefined;
}

class Crc32 {
  #sum = 0;

  update(data: Buffer): void {
    this.#sum = crc32(data, this.#sum);
  }

  digest(encoding: 'base64'): string {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(this.#sum >>> 0);
    return bytes.toString(encoding);
  }
}

function malformed(): AwsError {
  return new AwsError('IncompleteBody', 'The chunked body is malformed or ended early.');
}
