import { droppedMarker } from '@gantry/contract/log-line.ts';
import type { OutputLine } from '../api/logs.ts';

/** Passes a replica's lines, up to a rate. */
export interface RateLimit {
  line(line: OutputLine): void;
  /** The number of lines that were dropped before they came here. */
  dropped(lines: number): void;
  /** Reports at once the lines dropped so far. */
  close(): void;
}

/** A replica may write this many times its lines a second at once. */
const BURST = 2;
/** A line counts once for each of this many bytes. */
const LINE_BYTES = 1024;
const TELL_MS = 1000;

/**
 * Passes at most `perSecond` lines a second (after a burst of twice as many) and drops the rest, with one line a second that says how many. Nothing
 * waits, so the app is not blocked and memory does not grow. The log shipper's `limit.lua` does the same on a real node.
 */
export function createRateLimit(perSecond: () => number, forward: (line: OutputLine) => void): RateLimit {
  let limit = perSecond();
  let tokens = limit * BURST;
  let filledAt = performance.now();
  let lost = 0;
  let timer: NodeJS.Timeout | undefined;

  const fill = () => {
    const now = performance.now();
    tokens = Math.min(limit * BURST, tokens + ((now - filledAt) / 1000) * limit);
    filledAt = now;
  };
  const tell = () => {
    clearTimeout(timer);
    timer = undefined;
    if (lost > 0) forward({ at: Date.now(), text: droppedMarker(lost, limit) });
    lost = 0;
    limit = perSecond();
  };
  const drop = (lines: number) => {
    lost += lines;
    timer ??= setTimeout(tell, TELL_MS);
  };
  return {
    line(line) {
      const cost = Math.max(1, Math.ceil(Buffer.byteLength(line.text) / LINE_BYTES));
      if (tokens < cost) fill();
      if (tokens < cost) return drop(1);
      tokens -= cost;
      forward(line);
    },
    dropped: drop,
    close: tell,
  };
}
