import { isRetryable } from '@gantry/contract/errors.ts';
import { lineFilter } from '@gantry/contract/log-filter.ts';
import type { LogFilter, LogLine, LogPage } from '@gantry/contract/schemas/logs.ts';
import type { Following, Live, Scope } from './live.ts';

/** The query of a page, with the cursor if there is one. */
export interface ReadLogsQuery extends LogFilter {
  readonly limit?: string;
  readonly cursor?: string;
}

/** Reads a page of the log; pass the query to `logs.app` unchanged, and to `logs.build` without `release` and `replica`. */
export type ReadLogs = (query: ReadLogsQuery) => Promise<LogPage>;

export interface Tail {
  readonly live: Live;
  readonly scope: Scope;
  readonly topic: string;
  readonly read: ReadLogs;
  /** The wanted lines; all by default. Without `since`, every kept line is read first. */
  readonly filter?: LogFilter;
  /** New lines: first those of the backfill, then live ones. */
  readonly onLines: (lines: readonly LogLine[]) => void;
  /** Following has failed or was ended: no lines follow. */
  readonly onEnd?: (error: unknown) => void;
}

export interface Tailing {
  /** Ends the tail: no lines follow, and `onEnd` is not called. */
  stop(): void;
}

/** Lines arrive late and out of order: after a pause the log is read again from this long before the newest line, in milliseconds. */
const OVERLAP_MS = 60_000;
/** CloudWatch shows a line some seconds late: this long after a backfill the log is read once more, in milliseconds. */
const SETTLED_MS = 15_000;
/** The pause, in milliseconds, after a read that failed for now: the network comes back. */
const AGAIN_MS = 5_000;
/** The number of remembered line ids, and of lines that wait while pages are read. */
const REMEMBERED = 50_000;
const MOST_HELD = 10_000;
const PAGE = '1000';

/**
 * Follows a log without a gap and without a duplicate. It subscribes, then reads the earlier lines, and after each pause reads what was missed;
 * frames and pages are merged by line id. Memory is bounded: a client that falls behind reads pages until it has caught up. After a pause, lines that
 * come more than a minute late, or after 50,000 newer ones, may be missing. Resolves after the first backfill; throws when the subscription or that
 * backfill is refused.
 */
export async function tail({ live, scope, topic, read, filter = {}, onLines, onEnd }: Tail): Promise<Tailing> {
  const wanted = lineFilter(filter);
  const earliest = filter.since === undefined ? 0 : Date.parse(filter.since);
  const given = createMemory();
  let newest: number | undefined;
  let ended = false;
  let filling = true;
  let again = false;
  /** Frames wait while pages are read, so that older lines come first. */
  let held: LogLine[] = [];
  let settling: ReturnType<typeof setTimeout> | undefined;

  const give = (lines: readonly LogLine[]) => {
    if (ended) return;
    for (const { at } of lines) newest = Math.max(newest ?? at, at);
    const fresh = lines.filter((line) => wanted(line) && given.add(line));
    if (fresh.length > 0) onLines(fresh);
  };

  const start = (): LogFilter => {
    if (newest === undefined) return filter;
    const since = Math.max(newest - OVERLAP_MS, given.complete(), earliest);
    return { ...filter, since: new Date(since).toISOString() };
  };

  /** Reads to the present end; again from there if frames were dropped or missed meanwhile. */
  async function fill(): Promise<void> {
    do {
      again = false;
      held = [];
      const from = start();
      let cursor: string | null | undefined;
      while (cursor !== null && !ended) {
        const page: LogPage = await read({ ...from, limit: PAGE, ...(cursor !== undefined && { cursor }) });
        give(page.lines);
        cursor = page.next;
      }
    } while (again && !ended);
    give(held);
    held = [];
  }

  const backfill = async (): Promise<void> => {
    clearTimeout(settling);
    filling = true;
    await fill();
    filling = false;
  };
  const settle = () => {
    if (!ended) settling = setTimeout(() => backfill().catch(failOrWait), SETTLED_MS);
  };
  const catchUp = () => void backfill().then(settle, failOrWait);

  const stop = () => {
    if (ended) return;
    ended = true;
    clearTimeout(settling);
    live.unsubscribe(topic, following);
  };
  const fail = (error: unknown) => {
    if (ended) return;
    stop();
    onEnd?.(error);
  };

  /** What stood before is read again: a pause of the network ends no log. */
  const failOrWait = (error: unknown) => {
    if (ended) return;
    if (isRetryable(error)) settling = setTimeout(catchUp, AGAIN_MS);
    else fail(error);
  };

  const following: Following = {
    onFrame(frame) {
      if (frame.type !== 'logs' || ended) return;
      if (!filling) return give(frame.lines);
      held.push(...frame.lines);
      if (held.length <= MOST_HELD) return;
      held = [];
      again = true;
    },
    onResume() {
      if (!filling) return catchUp();
      held = [];
      again = true;
    },
    onEnd: fail,
  };
  await live.subscribe(scope, topic, following);
  try {
    await backfill();
    settle();
  } catch (error) {
    stop();
    throw error;
  }
  return { stop };
}

/** The lines already given, up to the limit. */
function createMemory() {
  const times = new Map<string, number>();
  let forgotten = Number.NEGATIVE_INFINITY;
  return {
    /** Whether the line is new. */
    add({ id, at }: LogLine): boolean {
      if (times.has(id)) return false;
      times.set(id, at);
      for (const [oldest, time] of times) {
        if (times.size <= REMEMBERED) break;
        times.delete(oldest);
        forgotten = Math.max(forgotten, time);
      }
      return true;
    },
    /** Every line given since this time is remembered. */
    complete: () => forgotten + 1,
  };
}
