import { openLive } from '@gantry/contract/live.ts';
import { topics } from '@gantry/contract/schemas/realtime.ts';
import { visit } from '../../journeys/platform.ts';
import { quantile, type Topic } from '../figures.ts';
import { type App, type Bed, newApp } from '../platform.ts';

const WARM_UP = 50;
const LINES = 500;
const EVERY_MS = 20;

/** How old an app's line is when a client on a WebSocket has it. */
export const logs = (bed: Bed): Topic => ({
  name: 'logs',
  async measure() {
    const app = await newApp(bed.client, 'bench-logs');
    await app.deploy('one');
    await ages(bed, app, WARM_UP, EVERY_MS);
    const found = await ages(bed, app, LINES, EVERY_MS);
    const detail = `${LINES} lines, one each ${EVERY_MS} ms, from the app's print to the client's frame`;
    return [
      { name: 'log line to WebSocket, median', value: quantile(found, 0.5), unit: 'ms', detail },
      { name: 'log line to WebSocket, p99', value: quantile(found, 0.99), unit: 'ms', aim: 250, detail },
    ];
  },
});

/** Has the app print lines and answers, in milliseconds, how old each was when it came. */
export async function ages(bed: Bed, app: App, lines: number, everyMs: number): Promise<number[]> {
  const live = await openLive(bed.client);
  try {
    const found: number[] = [];
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const { serviceId, environmentId } = app.target;
    await live.subscribe(app.target, topics.appLogs(serviceId, environmentId), (frame) => {
      if (frame.type !== 'logs') return;
      const now = performance.timeOrigin + performance.now();
      const times = frame.lines.map((line) => line.text.match(/^at ([\d.]+)$/)?.[1]);
      found.push(...times.flatMap((time) => (time === undefined ? [] : [now - Number(time)])));
      if (found.length >= lines) resolve();
    });
    const late = setTimeout(
      () => reject(new Error(`${found.length} of ${lines} lines came in time`)),
      lines * everyMs + 15_000,
    );
    await visit(app.url(), `/print?lines=${lines}&everyMs=${everyMs}`);
    await promise.finally(() => clearTimeout(late));
    return found;
  } finally {
    live.close();
  }
}
