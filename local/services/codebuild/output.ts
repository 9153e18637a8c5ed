import type { Principal } from '../../kernel/iam.ts';
import type { LogLine, LogWriter } from '../../kernel/ports.ts';

/** The most output of a build in its log, in bytes. A line then says that the rest was dropped. */
const OUTPUT_LIMIT = 10 * 1024 * 1024;
/** A CloudWatch event holds 256 KB less 26 bytes; the limit here leaves room for characters of several bytes. */
const LINE_LIMIT = 64 * 1024;
const FLUSH_MS = 50;
const BATCH_LINES = 1_000;

/** A build's log: text arrives as the process writes it and leaves as lines, in order, within 100 ms. */
export interface BuildLog {
  write(chunk: string): void;
  /** Lines that are not written yet. */
  pending(): number;
  /** Writes the rest, including a last line without a newline. */
  close(): Promise<void>;
}

/** Opens a log. `failed` is called once when lines cannot be written; the build continues without its log, as on AWS. */
export function openLog(
  logs: LogWriter,
  group: string,
  stream: string,
  principal: Principal,
  failed: (error: Error) => void,
): BuildLog {
  let rest = '';
  let total = 0;
  let lines: LogLine[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();
  let broken = false;

  function add(message: string): void {
    if (total > OUTPUT_LIMIT) return;
    total += message.length + 1;
    const dropped = total > OUTPUT_LIMIT;
    lines.push({
      timestamp: Date.now(),
      message: dropped ? '[Container] The output has more than 10 MB: the rest is dropped.' : message,
    });
    timer ??= setTimeout(flush, FLUSH_MS);
  }

  function flush(): void {
    timer = undefined;
    writing = writing.then(async () => {
      while (lines.length > 0 && !broken) {
        const batch = lines.slice(0, BATCH_LINES);
        await logs.write(group, stream, batch, principal);
        lines = lines.slice(batch.length);
      }
    });
    writing = writing.catch((error: Error) => {
      broken = true;
      lines = [];
      total = Number.POSITIVE_INFINITY;
      failed(error);
    });
  }

  return {
    write(chunk) {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) add(part.replace(/\r$/, '').slice(0, LINE_LIMIT));
      while (rest.length > LINE_LIMIT) {
        add(rest.slice(0, LINE_LIMIT));
        rest = rest.slice(LINE_LIMIT);
      }
    },
    pending: () => lines.length,
    async close() {
      if (rest !== '') add(rest);
      rest = '';
      clearTimeout(timer);
      flush();
      await writing;
    },
  };
}
