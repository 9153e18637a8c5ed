import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { lineSplitter } from '@gantry/contract/line-splitter.ts';
import { cutLine, MAX_LINE_BYTES } from '@gantry/contract/log-line.ts';

/** The most bytes of a stream that become lines in a second: twice a replica's limit. */
const MOST_A_SECOND = 2 * 1024 * 1024;
const SECOND_MS = 1000;
const NEWLINE = 10;

/**
 * Splits a process's stream into lines, each cut at 32 KB; of a progress bar, one a second. It reads everything at once, so that the process is never
 * blocked. Beyond 2 MB in a second it only counts lines and keeps the last chunk, so that the end is there if the process dies of it.
 */
export function takeLines(stream: Readable, line: (text: string) => void, dropped: (lines: number) => void) {
  let decoder = new StringDecoder('utf8');
  const lines = lineSplitter((text) => line(cutLine(text)), MAX_LINE_BYTES + 1);
  let last: Buffer | undefined;
  let taken = 0;
  let timer: NodeJS.Timeout | undefined;

  /** The skipped bytes end within a line: the next whole line begins after the first newline. */
  const resume = () => {
    clearTimeout(timer);
    timer = undefined;
    taken = 0;
    if (last === undefined) return;
    const begin = last.indexOf(NEWLINE) + 1;
    if (begin > 0) dropped(1);
    lines.forget();
    decoder = new StringDecoder('utf8');
    lines.write(decoder.write(last.subarray(begin)));
    last = undefined;
  };
  const finish = () => {
    resume();
    lines.write(decoder.end());
    lines.end();
  };
  stream.on('data', (chunk: Buffer) => {
    taken += chunk.length;
    timer ??= setTimeout(resume, SECOND_MS);
    if (taken <= MOST_A_SECOND) return lines.write(decoder.write(chunk));
    if (last !== undefined) dropped(newlines(last));
    last = chunk;
  });
  stream.once('end', finish).on('error', finish);
  return finish;
}

function newlines(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
