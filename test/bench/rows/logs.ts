import { type Live, openLive } from '@gantry/client/live.ts';
import type { LogLine } from '@gantry/contract/schemas/logs.ts';
import { topics } from '@gantry/contract/topics.ts';
import { eachLimited } from '@gantry/core/kernel/limited.ts';
import { priceOf } from '../../../infra/cost/model.ts';
import { PRICES_OF } from '../../../infra/cost/prices.ts';
import { visit } from '../../journeys/platform.ts';
import { type Figure, quantile, type Topic } from '../figures.ts';
import { settled } from '../meter.ts';
import { type App, type Bed, counted, newApp } from '../platform.ts';

const WARM_UP = 50;
const LINES = 500;
const EVERY_MS = 20;
const SUBSCRIBERS = [1, 100, 1_000];
/** The bill is measured at half the log limit of a replica, when frames fill up. */
const BILLED = { lines: 1_000, everyMs: 2 } as const;
const HEARD = { lines: 200, everyMs: 5 } as const;
/** The most that one replica may log without losing lines. */
const FLOOD = { lines: 4_000, everyMs: 5, atOnce: 6, least: 1_000 } as const;
/** The target for a line to a thousand subscribers, as a multiple of the time to one subscriber. */
const FAN_OUT_AIM = 3;
const OPENED_AT_A_TIME = 5;
const OPENINGS = 5;
const PATIENCE_MS = 90_000;

/** The age of an app's line when WebSocket clients receive it, how many lines a second all of them receive, and the cost. */
export const logs = (bed: Bed): Topic => ({
  name: 'logs',
  async measure() {
    const app = await newApp(bed.client, 'bench-logs');
    await app.deploy('one');
    await ages(bed, app, WARM_UP, EVERY_MS);
    const found = await ages(bed, app, LINES, EVERY_MS);
    const detail = `${LINES} lines, one each ${EVERY_MS} ms, from the app's print to the client's frame`;
    const figures: Figure[] = [
      { name: 'log line to WebSocket, median', value: quantile(found, 0.5), unit: 'ms', detail },
      { name: 'log line to WebSocket, p99', value: quantile(found, 0.99), unit: 'ms', aim: 250, detail },
      ...(await billed(bed, app)),
    ];
    figures.push(await flood(bed, app));
    let alone: number | undefined;
    for (const subscribers of SUBSCRIBERS) {
      const heard = await fanOut(bed, app, subscribers);
      alone ??= heard.p99;
      const ratio = { times: heard.p99 / alone, to: 'one subscriber', ...(subscribers > 1 && { aim: FAN_OUT_AIM }) };
      const detail = heard.detail;
      figures.push(...heard.figures, {
        name: `line to ${heard.who}, p99`,
        value: heard.p99,
        unit: 'ms',
        ratio,
        detail,
      });
    }
    return figures;
  },
});

/** Lets the app print lines and returns the age of each at its arrival, in milliseconds. */
export async function ages(bed: Bed, app: App, lines: number, everyMs: number): Promise<number[]> {
  const audience = await gather(bed, app, 1);
  try {
    return (await audience.hear(lines, everyMs)).ages;
  } finally {
    audience.leave();
  }
}

/** How many lines a second one subscriber receives of a replica at its log limit, from the first line to the last. */
async function flood(bed: Bed, app: App): Promise<Figure> {
  const audience = await gather(bed, app, 1);
  try {
    const { betweenMs } = await audience.hear(FLOOD.lines, FLOOD.everyMs, FLOOD.atOnce);
    return {
      name: 'lines of one replica to one subscriber',
      value: FLOOD.lines / (betweenMs / 1000),
      unit: 'a second',
      least: FLOOD.least,
      detail: `${FLOOD.lines} lines, ${FLOOD.atOnce} each ${FLOOD.everyMs} ms, from the first at the subscriber to the last`,
    };
  } finally {
    audience.leave();
  }
}

interface Heard {
  readonly who: string;
  readonly figures: readonly Figure[];
  readonly p99: number;
  readonly detail: string;
}

async function fanOut(bed: Bed, app: App, subscribers: number): Promise<Heard> {
  const audience = await gather(bed, app, subscribers);
  try {
    const { ages: found, tookMs } = await audience.hear(HEARD.lines, HEARD.everyMs);
    const who = `${subscribers.toLocaleString('en-US')} ${subscribers === 1 ? 'subscriber' : 'subscribers'}`;
    const detail = `${HEARD.lines} lines, one each ${HEARD.everyMs} ms, until the last subscriber has the last; all clients are one process`;
    const figures = [
      { name: `lines to each of ${who}`, value: HEARD.lines / (tookMs / 1000), unit: 'a second', detail },
      { name: `line to ${who}, median`, value: quantile(found, 0.5), unit: 'ms', detail },
    ];
    return { who, figures, p99: quantile(found, 0.99), detail };
  } finally {
    audience.leave();
  }
}

/** AWS's bill for a million lines, at the write rate of one replica. */
async function billed(bed: Bed, app: App): Promise<Figure[]> {
  const before = await settled(bed);
  await ages(bed, app, BILLED.lines, BILLED.everyMs);
  const total = counted(before, await settled(bed));
  const of = Object.fromEntries(
    Object.entries(total).map(([unit, count]) => [unit, (count * 1_000_000) / BILLED.lines]),
  );
  const what = 'a million lines to one subscriber';
  return [
    { name: `price, ${what}`, value: priceOf(of), unit: 'USD', detail: PRICES_OF },
    ...Object.entries(of).map(([unit, value]): Figure => ({ name: `  ${unit}, ${what}`, value, unit })),
  ];
}

/** Clients that follow the app's log, each over its own connection. */
async function gather(bed: Bed, app: App, subscribers: number) {
  const { serviceId, environmentId } = app.target;
  const all: Live[] = [];
  let heard: (lines: readonly LogLine[]) => void = () => undefined;
  const leave = () => {
    for (const live of all) live.close();
  };
  const join = async () => {
    const live = await opened(bed);
    all.push(live);
    await live.subscribe(app.target, topics.appLogs(serviceId, environmentId), (frame) => {
      if (frame.type === 'logs') heard(frame.lines);
    });
  };
  try {
    await eachLimited(Array.from({ length: subscribers }), OPENED_AT_A_TIME, join);
  } catch (error) {
    leave();
    throw error;
  }
  return {
    leave,
    async hear(lines: number, everyMs: number, atOnce = 1) {
      const found: number[] = [];
      let [first, last] = [Number.NaN, Number.NaN];
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      heard = (arrived) => {
        const now = performance.timeOrigin + performance.now();
        const times = arrived.map((line) => line.text.match(/^at ([\d.]+)$/)?.[1]);
        found.push(...times.flatMap((time) => (time === undefined ? [] : [now - Number(time)])));
        first = Number.isNaN(first) ? now : first;
        last = now;
        if (found.length >= lines * subscribers) resolve();
      };
      const late = setTimeout(
        () => reject(new Error(`${found.length} of ${lines * subscribers} lines came in time`)),
        lines * everyMs + PATIENCE_MS,
      );
      const began = performance.now();
      await visit(app.url(), `/print?lines=${lines}&everyMs=${everyMs}&atOnce=${atOnce}`);
      await promise.finally(() => clearTimeout(late));
      return { ages: found, tookMs: performance.now() - began, betweenMs: last - first };
    },
  };
}

/** A busy machine may open a connection later than a client waits. Tries again. */
async function opened({ client }: Bed): Promise<Live> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await openLive(client);
    } catch (error) {
      if (attempt === OPENINGS) throw error;
    }
  }
}
