import type { Principal } from '../../kernel/iam.ts';
import type { LogLine, LogWriter } from '../../kernel/ports.ts';

/** Sends the output of containers to the log service without ever holding up an app. */
export interface Shipper {
  ship(stream: string, line: LogLine): void;
  /** Sends what is left, for a second at most. */
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
  dropped: number;
  sending: Promise<void> | undefined;
  timer: NodeJS.Timeout | undefined;
}

const BATCH_MS = 25;
const MAX_BATCH = 1000;
const MAX_WAITING = 10_000;
const ATTEMPTS = 4;
const LAST_CALL_MS = 1000;

/** Batches lines by stream within 25 ms; beyond 10,000 that wait, lines are dropped and a line says how many. */
export function createShipper({ logs, group, principal, note }: ShipperOptions): Shipper {
  const lanes = new Map<string, Lane>();

  const send = async (stream: string, lane: Lane) => {
    while (lane.lines.length > 0 || lane.dropped > 0) {
      const batch = lane.lines.splice(0, MAX_BATCH);
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
      if (lane.lines.length > 0) start(stream, lane);
      else if (lane.timer === undefined) lanes.delete(stream);
    });
    return lane.sending;
  };

  return {
    ship(stream, line) {
      const lane = lanes.get(stream) ?? { lines: [], dropped: 0, sending: undefined, timer: undefined };
      lanes.set(stream, lane);
      if (lane.lines.length >= MAX_WAITING) lane.dropped += 1;
      else lane.lines.push(line);
      if (lane.sending === undefined) lane.timer ??= setTimeout(() => start(stream, lane), BATCH_MS);
    },
    async stop() {
      const all = Promise.all([...lanes].map(([stream, lane]) => start(stream, lane)));
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise((resolve) => {
        timer = setTimeout(resolve, LAST_CALL_MS);
      });
      await Promise.race([all, limit]);
      clearTimeout(timer);
    },
  };
}
