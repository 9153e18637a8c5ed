import { GantryError } from '@gantry/contract/errors.ts';
import type { OutboundResponse } from './fetch.ts';

const MEGABYTE = 1024 * 1024;

/** Passes a stream on, and throws TooLarge after more than `maxBytes`. `what` begins the message: `The archive of acme/shop`. */
export async function* limitBytes(
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
  what: string,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new GantryError('TooLarge', `${what} is larger than ${formatBytes(maxBytes)}.`);
    yield chunk;
  }
}

/** A limit in words: in MB where it is at least one, of 1,048,576 bytes each. */
export function formatBytes(bytes: number): string {
  return bytes < MEGABYTE ? `${bytes} bytes` : `${Math.floor(bytes / MEGABYTE)} MB`;
}

/** The whole body of an answer. Throws TooLarge above `maxBytes`. */
export async function readBytes({ body, url }: OutboundResponse, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of limitBytes(body, maxBytes, `The answer of ${url.host}`)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** An answer's body as JSON. Throws Unavailable for another format, and TooLarge above `maxBytes`. */
export async function readJson(response: OutboundResponse, maxBytes: number): Promise<unknown> {
  const bytes = await readBytes(response, maxBytes);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new GantryError('Unavailable', `${response.url.host} did not answer with JSON.`, [], { cause });
  }
}
