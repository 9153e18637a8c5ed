import { StringDecoder } from 'node:string_decoder';
import { lineSplitter as textSplitter } from '@gantry/contract/line-splitter.ts';

/** The most of a line that is kept, in characters: more than is shown, so that what is masked is seen whole. */
export const KEPT_LINE = 128 * 1024;

/**
 * Cuts a stream of bytes into lines and hands each to `emit`, without line ends. What a line has beyond `KEPT_LINE` is dropped, so that
 * output without line ends takes no more memory than that; of a progress bar its last state is a line, and one a second while it goes on.
 */
export function lineSplitter(emit: (line: string) => void): { write(chunk: Buffer): void; end(): void } {
  const decoder = new StringDecoder('utf8');
  const lines = textSplitter(emit, KEPT_LINE);
  return {
    write: (chunk) => lines.write(decoder.write(chunk)),
    end() {
      lines.write(decoder.end());
      lines.end();
    },
  };
}
