import type { Principal } from '../../kernel/iam.ts';
import type { LogLine, LogWriter } from '../../kernel/ports.ts';

/** Sends the output of containers to the log service without ever blocking an app. */
export interface Shipper {
  ship(stream: string, line: LogLine): void;
  /** Sends the rest, for a second at most. */
  stop(): Promise<void>;
}

export interface ShipperOptions {
  readonly logs: LogWriter;
  readonly group: () => string;
  readonly principal: () => Principal;
  note(line: string): void;
}

interface Lane {
  lines: LogLine[];
  bytes: number;
  dropped: number;
  sending: Promise<void> | undefined;
  timer: NodeJS.Timeout | undefined;
}

/** An idle lane sends after collecting for this many milliseconds; a busy one sends this often, as frames are flushed. */
const FIRST_MS = 10;
const EVERY_MS = 100;
const MAX_BATCH = 1000;
const MAX_WAITING = 10_000;
const MAX_BYTES = 8 * 1024 * 1024;
const ATTEMPTS = 4;
const LAST_CALL_MS = 1000;

/** Batches lines by stream within 100 ms; beyond 10,000 waiting lines or 8 MB, lines are dropped and a line says how many. */
export function createShipper({ logs, group, principal, note }: ShipperOptions): Shipper {
  const lanes = new Map<string, Lane>();

  const send = async (stream: string, lane: Lane) => {
    while (lane.lines.length > 0 || lane.dropped > 0) {
      const batch = lane.lines.splice(0, MAX_BATCH);
      for (const { message } of batch) lane.bytes -= message.length;
      if (lane.lines.length === 0 && lane.dropped > 0) {
        batch.push({
          timestamp: Date.now(),
          message: `[gantry] ${lane.dropped} lines were dropped: the log service could not keep up`,
        });
        lane.dropped = 0;
      }
      await attempt(stream, lane, batch);
    }
  };
  const attempt = async (stream: string, lane: Lane, batch: LogLine[]) => {
    for (let tried = 1; ; tried++) {
      try {
        return await logs.write(group(), stream, batch, principal());
      } catch (error) {
        if (tried < ATTEMPTS) await new Promise((resolve) => setTimeout(resolve, 50 * 4 ** tried));
        else {
          note(
            `cluster: ${batch.length} lines of ${stream} lost: ${error instanceof Error ? error.message : String(error)}`,
          );
          if (lane.lines.length > 0) lane.dropped += batch.length;
          return;
        }
      }
    }
  };
  const start = (stream: string, lane: Lane) => {
    clearTimeout(lane.timer);
    lane.timer = undefined;
    lane.sending ??= send(stream, lane).finally(() => {
      lane.sending = undefined;
      lane.timer = setTimeout(() => proceed(stream, lane), EVERY_MS);
    });
    return lane.sending;
  };
  const proceed = (stream: string, lane: Lane) => {
    if (lane.lines.length > 0) start(stream, lane);
    else lanes.delete(stream);
  };
  const open = (stream: string): Lane => {
    const lane: Lane = { lines: [], bytes: 0, dropped: 0, sending: undefined, timer: undefined };
    lane.timer = setTimeout(() => proceed(stream, lane), FIRST_MS);
    lanes.set(stream, lane);
    return lane;
  };

  return {
    ship(stream, line) {
      const lane = lanes.get(stream) ?? open(stream);
      if (lane.lines.length >= MAX_WAITING || lane.bytes > MAX_BYTES) {
        lane.dropped += 1;
        return;
      }
      lane.lines.push(line);
      lane.bytes += line.message.length;
    },
    async stop() {
      const all = Promise.all([...lanes].map(([stream, lane]) => start(stream, lane)));
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise((resolve) => {
        timer = setTimeout(resolve, LAST_CALL_MS);
      });
      await Promise.race([all, limit]);
      clearTimeout(timer);
      for (const lane of lanes.values()) clearTimeout(lane.timer);
    },
  };
}
