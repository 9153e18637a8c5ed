import { StringDecoder } from 'node:string_decoder';

/** The longest line that is passed on whole, in characters. */
const MAX_LINE = 32 * 1024;

/**
 * Cuts a stream of bytes into lines and hands each to `emit`, without line ends. A line above 32 KB is handed on in pieces,
 * so that output without line ends takes no more memory than that.
 */
export function lineSplitter(emit: (line: string) => void): { write(chunk: Buffer): void; end(): void } {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const take = (text: string): void => {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) for (const piece of pieces(line)) emit(piece);
    while (rest.length > MAX_LINE) {
      emit(rest.slice(0, MAX_LINE));
      rest = rest.slice(MAX_LINE);
    }
  };
  return {
    write: (chunk) => take(decoder.write(chunk)),
    end() {
      take(decoder.end());
      if (rest !== '') emit(rest);
      rest = '';
    },
  };
}

function pieces(line: string): string[] {
  return line.length <= MAX_LINE ? [line] : (line.match(new RegExp(`[^]{1,${MAX_LINE}}`, 'g')) ?? []);
}
