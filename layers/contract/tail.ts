import type { Live, Scope } from './live.ts';
import type { LogLine, LogPage } from './schemas/logs.ts';

/** Reads a page of the log: from the cursor where there is one, else from `since`. */
export type ReadLogs = (query: { cursor?: string; since?: string }) => Promise<LogPage>;

export interface Tail {
  readonly live: Live;
  readonly scope: Scope;
  readonly topic: string;
  readonly read: ReadLogs;
  /** Lines that were not given before: of the backfill first, then as they come. */
  readonly onLines: (lines: readonly LogLine[]) => void;
  /** Following has failed or was ended. */
  readonly onEnd?: (error: unknown) => void;
}

/** Lines come late and out of order: after a pause the log is read again from this long before the newest one, in milliseconds. */
const OVERLAP_MS = 60_000;
/** How many line ids are remembered at least. */
const REMEMBERED = 20_000;

/**
 * Follows a log without a gap and without a duplicate: subscribes, then reads what was there before, and after each pause reads what
 * came in between; frames and pages are merged by line id. Resolves once the first backfill is done.
 */
export async function tail({ live, scope, topic, read, onLines, onEnd }: Tail): Promise<void> {
  const seen = new Set<string>();
  let newest: number | undefined;
  let held: LogLine[] | undefined = [];
  let filling = Promise.resolve();

  const give = (lines: readonly LogLine[]) => {
    const fresh = lines.filter(({ id }) => !seen.has(id) && seen.add(id));
    for (const { at } of fresh) newest = Math.max(newest ?? at, at);
    for (const id of seen) {
      if (seen.size <= REMEMBERED) break;
      seen.delete(id);
    }
    if (fresh.length > 0) onLines(fresh);
  };

  /** Frames wait while pages are read, so that older lines come before newer ones. */
  async function backfill(): Promise<void> {
    try {
      const since = newest === undefined ? {} : { since: new Date(newest - OVERLAP_MS).toISOString() };
      for (let query: Parameters<ReadLogs>[0] | undefined = since; query !== undefined; ) {
        const { lines, next } = await read(query);
        give(lines);
        query = next === null ? undefined : { ...since, cursor: next };
      }
    } finally {
      give(held ?? []);
      held = undefined;
    }
  }

  await live.subscribe(scope, topic, {
    onFrame(frame) {
      if (frame.type !== 'logs') return;
      if (held === undefined) give(frame.lines);
      else held.push(...frame.lines);
    },
    onResume() {
      held ??= [];
      filling = filling.then(backfill).catch((error: unknown) => onEnd?.(error));
    },
    ...(onEnd !== undefined && { onEnd }),
  });
  filling = backfill();
  await filling;
}
