import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { ACCOUNT, type Kernel } from '../../kernel/kernel.ts';
import type { FunctionInvoker } from '../../kernel/ports.ts';
import { eventId, type LogDatabase, type Row } from './database.ts';
import { groupArn } from './write.ts';

/** Every line of a group, to one function. */
export interface Subscription {
  readonly group: string;
  readonly name: string;
  readonly functionArn: string;
}

/** Delivers until it is stopped. `arrived` never waits. */
export interface Delivery {
  readonly group: string;
  arrived(): void;
  stop(): Promise<void>;
}

/** Lines in one round; each stream of a round is one invocation. */
const ROUND = 1_000;
const ROUND_BYTES = 512 * 1024;
/** Lambda tries an asynchronous invocation three times. */
const ATTEMPTS = 3;
const RETRY_MS = 200;

/**
 * Follows a group's lines with a cursor on disk. So a slow function delays only itself, and a killed process continues where it was: each line is
 * delivered at least once. An idle subscription sends a line at once; a busy one sends the lines collected meanwhile. A round that fails three times
 * is skipped, with a note.
 */
export function startDelivery(
  kernel: Kernel,
  db: LogDatabase,
  functions: FunctionInvoker,
  subscription: Subscription,
): Delivery {
  const id = `${subscription.group}|${subscription.name}`;
  const sourceArn = groupArn(subscription.group);
  const stopping = new AbortController();
  let cursor = db.cursor(id);
  let running: Promise<void> | undefined;
  let again = false;

  const deliver = async (stream: string, rows: readonly Row[]): Promise<void> => {
    const event = { awslogs: { data: envelope(subscription, stream, rows) } };
    const principal = { kind: 'service', name: 'logs.amazonaws.com', sourceArn } as const;
    for (let attempt = 1; !stopping.signal.aborted; attempt++) {
      const failure = await invoke(functions, subscription.functionArn, event, principal);
      if (failure === undefined) return;
      if (attempt === ATTEMPTS) {
        kernel.note(
          `logs: ${rows.length} lines of ${subscription.group} ${stream} were not taken by ${subscription.functionArn}: ${failure}`,
        );
        await functions.abandon?.(subscription.functionArn, event, failure);
        return;
      }
      await sleep(RETRY_MS * attempt, undefined, { signal: stopping.signal }).catch(() => {});
    }
  };

  const drain = async (): Promise<void> => {
    // Lines written in one turn are sent together.
    await new Promise((resolve) => setImmediate(resolve));
    while (!stopping.signal.aborted) {
      again = false;
      const rows = upTo(db.arrivals(subscription.group, cursor, ROUND), ROUND_BYTES);
      const last = rows.at(-1);
      if (last === undefined) return;
      const streams = Object.entries(Object.groupBy(rows, ({ stream }) => stream));
      await Promise.all(streams.map(([stream, lines = []]) => deliver(stream, lines)));
      if (stopping.signal.aborted) return;
      cursor = last.seq;
      db.moveCursor(id, cursor);
    }
  };

  const arrived = (): void => {
    again = true;
    if (running !== undefined || stopping.signal.aborted) return;
    running = drain()
      .catch((error: unknown) => kernel.note(`logs: ${id}: ${error instanceof Error ? error.message : String(error)}`))
      .finally(() => {
        running = undefined;
        if (again) arrived();
      });
  };

  return {
    group: subscription.group,
    arrived,
    async stop() {
      stopping.abort();
      await Promise.race([running, sleep(2_000, undefined, { ref: false })]);
    },
  };
}

/** Why the function did not take the lines; undefined on success. */
async function invoke(
  functions: FunctionInvoker,
  ...[arn, event, principal]: Parameters<FunctionInvoker['invoke']>
): Promise<string | undefined> {
  try {
    const invocation = await functions.invoke(arn, event, principal);
    return invocation.ok ? undefined : `${invocation.errorType}: ${invocation.errorMessage}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html */
function envelope({ group, name }: Subscription, logStream: string, rows: readonly Row[]): string {
  const message = {
    messageType: 'DATA_MESSAGE',
    owner: ACCOUNT,
    logGroup: group,
    logStream,
    subscriptionFilters: [name],
    logEvents: rows.map((row) => ({ id: eventId(row), timestamp: row.time, message: row.message })),
  };
  return gzipSync(JSON.stringify(message)).toString('base64');
}

function upTo(rows: readonly Row[], most: number): readonly Row[] {
  let bytes = 0;
  const over = rows.findIndex(({ message }) => {
    bytes += Buffer.byteLength(message);
    return bytes > most;
  });
  return over < 0 ? rows : rows.slice(0, Math.max(over, 1));
}
