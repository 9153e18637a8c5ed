import type { Principal } from '../../kernel/iam.ts';
import type { LogLine, LogWriter } from '../../kernel/ports.ts';

/** How long lines wait for others before they are written, in milliseconds. */
const BATCH_MS = 50;
/** The most waiting lines; further ones are counted and dropped, because a function must never wait for its own log. */
const MAX_WAITING = 10_000;

/** A log stream of a function. Lines are written in order, with the function's own role. */
export interface Output {
  line(message: string, timestamp: number): void;
  /** Resolves when all lines so far are written or refused. */
  flush(): Promise<void>;
}

/** `refused` is called once when the role may not write, or the log group is missing; the lines are lost, as on AWS. */
export function createOutput(
  logs: LogWriter,
  group: string,
  stream: string,
  principal: Principal,
  refused: (error: unknown) => void,
): Output {
  let waiting: LogLine[] = [];
  let dropped = 0;
  let told = false;
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();

  const write = async (): Promise<void> => {
    const lines = waiting;
    if (dropped > 0) lines.push({ timestamp: Date.now(), message: `[${dropped} lines dropped: printed too fast]` });
    waiting = [];
    dropped = 0;
    if (lines.length === 0) return;
    try {
      await logs.write(group, stream, lines, principal);
    } catch (error) {
      if (!told) refused(error);
      told = true;
    }
  };
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    writing = writing.then(write);
    return writing;
  };
  return {
    line(message, timestamp) {
      if (waiting.length >= MAX_WAITING) dropped += 1;
      else waiting.push({ timestamp, message });
      timer ??= setTimeout(() => void flush(), BATCH_MS);
    },
    flush,
  };
}
