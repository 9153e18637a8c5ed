import type { Readable } from 'node:stream';
import { GantryError } from '@gantry/contract/errors.ts';
import { sizeText } from '@gantry/contract/sizes.ts';

/** How much of a too large text is read on for its size, in bytes. */
const MEASURED = 64 * 1024 * 1024;

/** The whole text of a stream. Throws TooLarge above `maxBytes`, with its size; `what` names the text, and `advice` is part of the error. */
export async function readText(stream: Readable, maxBytes: number, what: string, advice: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const next = Buffer.from(chunk);
    bytes += next.length;
    if (bytes > MEASURED) break;
    if (bytes <= maxBytes) chunks.push(next);
  }
  if (bytes <= maxBytes) return Buffer.concat(chunks).toString('utf8');
  const size = bytes > MEASURED ? `larger than ${sizeText(MEASURED)}` : sizeText(bytes);
  throw new GantryError('TooLarge', `${what} is ${size}; it can be at most ${sizeText(maxBytes)}. ${advice}`);
}
