import type { Readable } from 'node:stream';
import { GantryError } from '@gantry/contract/errors.ts';

/** All text of a stream. Throws TooLarge where it is more than `maxBytes`; `what` says of what. */
export async function readText(stream: Readable, maxBytes: number, what: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const next = Buffer.from(chunk);
    bytes += next.length;
    if (bytes > maxBytes) throw new GantryError('TooLarge', `${what} is larger than ${maxBytes} bytes.`);
    chunks.push(next);
  }
  return Buffer.concat(chunks).toString('utf8');
}
