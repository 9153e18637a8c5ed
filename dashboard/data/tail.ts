import { type ReadLogs, type ReadLogsQuery, tail } from '@gantry/client/tail.ts';
import type { LogFilter, LogLine } from '@gantry/contract/schemas/logs.ts';
import { useEffect, useState } from 'react';
import { live } from './live.ts';

export type ReadPage = ReadLogs;

export interface Tailed {
  readonly teamId: string;
  readonly projectId: string;
  readonly topic: string;
  /** The filter of the lines. A new object starts the log again. */
  readonly filter?: LogFilter;
  /** A new function starts the log again. */
  readonly read: (query: ReadLogsQuery) => ReturnType<ReadLogs>;
}

/** The lines read so far; undefined until the first pages are read. */
export interface Log {
  readonly lines: readonly LogLine[] | undefined;
  readonly error: unknown;
}

const EVERYTHING: LogFilter = {};
/** The most lines in memory. The oldest are dropped. */
const MOST_LINES = 100_000;

/** Drawing takes longer with more lines: for this many lines the next drawing waits another millisecond. */
const LINES_PER_MS = 1_000;

/** Follows a log while the component is mounted. Lines that arrive together show together. */
export function useTail({ teamId, projectId, topic, filter = EVERYTHING, read }: Tailed): Log {
  const [log, setLog] = useState<Log>({ lines: undefined, error: undefined });
  useEffect(() => {
    let lines: LogLine[] = [];
    let waiting: LogLine[] = [];
    setLog({ lines: undefined, error: undefined });
    let pause: ReturnType<typeof setTimeout> | undefined;
    let frame: number | undefined;
    let isOver = false;
    const show = () => {
      pause = undefined;
      lines = lines.concat(waiting).slice(-MOST_LINES);
      waiting = [];
      setLog({ lines, error: undefined });
    };
    const onLines = (more: readonly LogLine[]) => {
      waiting = waiting.concat(more);
      pause ??= setTimeout(() => {
        frame = requestAnimationFrame(show);
      }, lines.length / LINES_PER_MS);
    };
    const onEnd = (error: unknown) => !isOver && setLog({ lines: lines.concat(waiting), error });
    const tailing = live().then((connection) =>
      tail({ live: connection, scope: { teamId, projectId }, topic, filter, read, onLines, onEnd }),
    );
    tailing.then(() => !isOver && show(), onEnd);
    return () => {
      isOver = true;
      clearTimeout(pause);
      if (frame !== undefined) cancelAnimationFrame(frame);
      void tailing.then((each) => each.stop()).catch(() => undefined);
    };
  }, [teamId, projectId, topic, filter, read]);
  return log;
}
