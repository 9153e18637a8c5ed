import { StringDecoder } from 'node:string_decoder';
import { lineSplitter as textSplitter } from '@gantry/contract/line-splitter.ts';

/**
 * How many characters of a line are kept. It is more than a log shows, so that a secret value is masked even where the
 * log cuts the line.
 */
export const KEPT_LINE = 128 * 1024;

/**
 * Cuts a stream of bytes into lines and passes each to `emit`, without line ends. It drops the rest of a line after
 * `KEPT_LINE` characters, which bounds the memory. A progress bar yields one line each second, and its last state.
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
