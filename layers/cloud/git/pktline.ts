import { GantryError } from '@gantry/contract/errors.ts';

const HEAD = 4;
const MAX_LINE = 65_520;

/** The end of a list of lines: of the whole message (flush), or of a section (delimiter). */
export type Line = { readonly kind: 'data'; readonly data: Buffer } | { readonly kind: 'flush' | 'delimiter' | 'end' };

/** Frames lines by the git protocol, with a flush at the end. `null` is a delimiter. https://git-scm.com/docs/protocol-common */
export function encodeLines(lines: readonly (string | null)[]): string {
  const framed = lines.map((line) => {
    if (line === null) return '0001';
    const length = Buffer.byteLength(line) + HEAD + 1;
    return `${length.toString(16).padStart(HEAD, '0')}${line}\n`;
  });
  return `${framed.join('')}0000`;
}

/** The lines of an answer, in order; an error names `server` when it breaks the protocol. */
export async function* decodeLines(source: AsyncIterable<Uint8Array>, server: string): AsyncGenerator<Line> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    let at = 0;
    while (rest.length - at >= HEAD) {
      const digits = rest.toString('latin1', at, at + HEAD);
      const length = /^[0-9a-f]{4}$/i.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
      const end = at + Math.max(length, HEAD);
      if (Number.isNaN(length) || length === 3 || length > MAX_LINE) throw notGit(server);
      if (rest.length < end) break;
      if (length < HEAD) yield { kind: length === 0 ? 'flush' : length === 1 ? 'delimiter' : 'end' };
      else yield { kind: 'data', data: rest.subarray(at + HEAD, end) };
      at = end;
    }
    rest = rest.subarray(at);
  }
  if (rest.length > 0) throw new GantryError('Unavailable', `${server} ended its answer too early. Try again.`);
}

/** A line as text, without its newline. Throws an error that the server reports in it. */
export function textOf(data: Buffer, server: string): string {
  const text = data.toString('utf8').replace(/\n$/, '');
  if (text.startsWith('ERR ')) throw reported(text.slice(4), server);
  return text;
}

/** The server's error text: printable, and at most 200 characters. */
export function reported(message: string, server: string): GantryError {
  const words = message
    .replace(/[^\p{L}\p{N}\p{P}\p{S} ]+/gu, ' ')
    .trim()
    .slice(0, 200);
  if (/not our ref|unadvertised|bad object|no such ref/i.test(words)) {
    return new GantryError('NotFound', `${server} no longer has the commit: ${words}. Deploy the branch as it is now.`);
  }
  return new GantryError('Invalid', `${server} refused: ${words}`);
}

export function notGit(server: string): GantryError {
  return new GantryError('Invalid', `${server} does not answer as a git repository over HTTP. Check the address.`);
}
