import { StringDecoder } from 'node:string_decoder';
import { lineSplitter as textSplitter } from '@gantry/contract/line-splitter.ts';

/** How many characters of a line are kept: more than are shown, so that a value is masked even across the cut. */
export const KEPT_LINE = 128 * 1024;

/**
 * Cuts a stream of bytes into lines and hands each to `emit`, without line ends. It drops the rest of a line after `KEPT_LINE` characters, which bounds
 * the memory. A progress bar gives a line each second, and its last state.
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
