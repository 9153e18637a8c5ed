import { setTimeout } from 'node:timers/promises';
import { newId } from '@gantry/contract/ids.ts';
import { fromQuantiles } from '@gantry/core/metrics/histogram.ts';
import { pack } from '@gantry/core/metrics/packing.ts';
import { NOTHING } from '@gantry/core/metrics/reading.ts';
import { developer, running } from '../../journeys/developer.ts';
import { newService } from '../../journeys/platform.ts';
import { LOAD_APP, startLoad } from '../../local/cluster/load.ts';
import { databaseAccesses, openDatabase } from '../database.ts';
import { type Figure, median, quantile, type Topic, timed } from '../figures.ts';
import type { Bed } from '../platform.ts';

const RUNS = 50;
const HOURS = 7 * 24;
const HOUR_MINUTES = 60;
const MINUTE_MS = 60_000;
const POLL_MS = 200;
const QUANTILES = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1];

/** A week of one service: the cost of reading a chart, and the size of its items. */
export const metrics = (bed: Bed): Topic => ({
  name: 'metrics',
  async measure() {
    const target = await newService(bed.client, 'bench-metrics');
    const database = await openDatabase(bed);
    const now = Math.floor(Date.now() / 60_000);
    const hour = Math.floor(now / HOUR_MINUTES) * HOUR_MINUTES;
    const packed = pack(new Map([[newId('release'), reading(3600)]]));
    const items = Array.from({ length: HOURS }, (_, back) => ({
      Put: {
        TableName: database.table,
        Item: {
          pk: `team#${target.teamId}#metrics#${target.serviceId}#${target.environmentId}`,
          sk: `3600#${hour - (back + 1) * HOUR_MINUTES}`,
          ...{ p: packed, v: 1, ttl: now * 60 + 86_400 },
        },
      },
    }));
    for (let at = 0; at < items.length; at += 25) await database.fill(items.slice(at, at + 25));
    const from = new Date((hour - HOURS * HOUR_MINUTES) * 60_000).toISOString();
    const read = async () => {
      const { points } = await bed.client('metrics.get', { params: target, query: { from, step: '3600' } });
      if (points.length !== HOURS) throw new Error(`a week has ${points.length} points instead of ${HOURS}`);
    };
    await read();
    const times: number[] = [];
    for (let run = 0; run < RUNS; run += 1) times.push(await timed(read));
    const minute = pack(new Map(['one', 'two'].map(() => [newId('release'), reading(100_000)])));
    const detail = `${HOURS} points of one release; median of ${RUNS}, p95 ${quantile(times, 0.95).toFixed(1)} ms`;
    return [
      { name: 'a week of metrics of one service', value: median(times), unit: 'ms', aim: 100, detail },
      {
        ...{ name: 'a week of metrics, requests to DynamoDB', unit: 'requests', aim: 3 },
        ...{ value: await databaseAccesses(bed, 10, read), detail: 'sign-in and role check included: two of them' },
      },
      { name: 'a minute of two busy releases, packed', value: minute.length, unit: 'bytes', aim: 900 },
      ...(await arrival(bed)),
    ];
  },
});

const RATE = 20;
const LOAD_MS = 10_000;
const MOST_MS = 300_000;

/** How old the first request of a minute is when an answer has it, the oldest that a point can be, and how many of the sent requests it has. */
async function arrival(bed: Bed): Promise<Figure[]> {
  const target = await newService(bed.client, 'bench-arrival', { path: '/', timeoutSeconds: 60 });
  const { url } = await developer(bed.client).deploy(target, running(LOAD_APP));
  const { hostname, port } = new URL(url ?? '');
  const total = async () => (await bed.client('metrics.get', { params: target, query: {} })).total.requests;
  await setTimeout(MINUTE_MS - (Date.now() % MINUTE_MS));
  const before = await total();
  const began = Date.now();
  const load = startLoad({ url: `http://127.0.0.1:${port}`, host: hostname, rate: RATE });
  await setTimeout(LOAD_MS);
  const { sent } = await load.stop();
  let counted = 0;
  while (counted === 0) {
    if (Date.now() - began > MOST_MS) throw new Error(`no point has the ${sent} requests`);
    await setTimeout(POLL_MS);
    counted = (await total()) - before;
  }
  const age = (Date.now() - began) / 1000;
  return [
    { name: 'the first request of a minute, until a point has it', value: age, unit: 's', aim: 90 },
    {
      name: `requests that the point has, of ${sent} sent`,
      value: counted / sent,
      unit: 'times',
      aim: 1.02,
      least: 0.98,
    },
  ];
}

/** One release under load, with latency from one millisecond to ten seconds. */
function reading(requests: number) {
  const known = QUANTILES.map((share) => ({ share, ms: 10 ** (4 * share) }));
  const times = fromQuantiles(requests, known);
  return {
    ...NOTHING,
    requests,
    errors: 12,
    times,
    looks: 1,
    cpu: 250,
    memory: 120_000,
    mostMemory: 130_000,
    replicas: 2,
  };
}
