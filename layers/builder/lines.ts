import { StringDecoder } from 'node:string_decoder';

/** The most of a line that is kept, in characters: more than is shown, so that what is masked is seen whole. */
export const KEPT_LINE = 128 * 1024;

/**
 * Cuts a stream of bytes into lines and hands each to `emit`, without line ends. What a line has beyond `KEPT_LINE` is dropped, so that
 * output without line ends takes no more memory than that.
 */
export function lineSplitter(emit: (line: string) => void): { write(chunk: Buffer): void; end(): void } {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const take = (text: string): void => {
    const lines = (rest + text).split(/\r?\n/);
    rest = (lines.pop() ?? '').slice(0, KEPT_LINE);
    for (const line of lines) emit(line.slice(0, KEPT_LINE));
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
