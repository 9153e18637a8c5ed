import { newId } from '@gantry/contract/ids.ts';
import type { MetricStep } from '@gantry/contract/metric-points.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { unpack } from '../../../../layers/core/metrics/packing.ts';
import { NOTHING, type Reading } from '../../../../layers/core/metrics/reading.ts';
import { type Database, startDatabase } from '../database.ts';

let database: Database;
let spans: typeof import('@gantry/core/metrics/spans.ts');
let records: typeof import('@gantry/core/records/metrics.ts');

beforeAll(async () => {
  database = await startDatabase('metrics-test');
  Object.assign(process.env, {
    TABLE_NAME: 'metrics-test',
    AWS_REGION: 'xx-local-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL: database.endpoint,
  });
  spans = await import('@gantry/core/metrics/spans.ts');
  records = await import('@gantry/core/records/metrics.ts');
});
afterAll(() => database.stop());

const newInstance = () => ({
  teamId: newId('team'),
  serviceId: newId('service'),
  environmentId: newId('environment'),
});
const HOUR = 60;
/** The beginning of an hour, in minutes since 1970. */
const BEGIN = 29_700_000;
const release = newId('release');
const requests = (count: number): Reading => ({ ...NOTHING, requests: count, times: new Map([[100, count]]) });
const seen = (minute: number, count: number) => new Map([[BEGIN + minute, new Map([[release, requests(count)]])]]);

async function stored(instance: ReturnType<typeof newInstance>, step: MetricStep) {
  const found = await records.readSpans(instance, step, BEGIN, BEGIN + 2 * HOUR);
  return found.map(({ minute, packed }) => [minute - BEGIN, unpack(packed).get(release)?.requests]);
}

describe('what a collector writes', () => {
  it('is the same after any order and repetition of runs, two at a time, and every roll-up has the sum of its minutes', async () => {
    const run = fc.record({ minute: fc.nat({ max: HOUR - 1 }), share: fc.constantFrom(0.5, 1), twice: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(run, { minLength: 1, maxLength: 12 }), async (runs) => {
        const instance = newInstance();
        const write = async ({ minute, share }: { minute: number; share: number }) => {
          await spans.recordMinutes(instance, seen(minute, (minute + 1) * 10 * share));
          await spans.rollUp(instance, BEGIN + minute, BEGIN + HOUR);
        };
        for (const each of runs) await Promise.all([write(each), ...(each.twice ? [write(each)] : [])]);
        const most = new Map<number, number>();
        for (const { minute, share } of runs)
          most.set(minute, Math.max(most.get(minute) ?? 0, (minute + 1) * 10 * share));
        const sums = (length: number) => {
          const windows = new Map<number, number>();
          for (const [minute, count] of most) {
            const window = Math.floor(minute / length) * length;
            windows.set(window, (windows.get(window) ?? 0) + count);
          }
          return [...windows].sort(([a], [b]) => a - b);
        };
        expect(await stored(instance, 60)).toEqual(sums(1));
        expect(await stored(instance, 300)).toEqual(sums(5));
        expect(await stored(instance, 3600)).toEqual(sums(HOUR));
        expect(await stored(instance, 21_600)).toEqual(sums(6 * HOUR));
      }),
      { numRuns: 8 },
    );
  });

  it('is made whole by the next run when one was killed between a minute and its roll-up', async () => {
    const instance = newInstance();
    await spans.recordMinutes(instance, seen(2, 30));
    await spans.recordMinutes(instance, seen(4, 50));
    expect(await stored(instance, 300)).toEqual([]);
    await spans.rollUp(instance, BEGIN + 4, BEGIN + 7);
    expect(await stored(instance, 300)).toEqual([[0, 80]]);
  });

  it('is in every longer roll-up as soon as one part is over, so that one read of a range includes it', async () => {
    const instance = newInstance();
    for (const minute of [2, 7]) await spans.recordMinutes(instance, seen(minute, 10));
    await spans.rollUp(instance, BEGIN + 2, BEGIN + 7);
    expect(await stored(instance, 3600)).toEqual([[0, 10]]);
    expect(await stored(instance, 21_600)).toEqual([]);
    await spans.rollUp(instance, BEGIN + 7, BEGIN + 10);
    expect(await stored(instance, 3600)).toEqual([[0, 20]]);
    await spans.rollUp(instance, BEGIN + 57, BEGIN + HOUR);
    expect(await stored(instance, 21_600)).toEqual([[0, 20]]);
  });

  it('goes with its service, and not before', async () => {
    const [instance, other] = [newInstance(), newInstance()];
    for (const each of [instance, other]) await spans.recordMinutes(each, seen(1, 5));
    expect(await records.eraseSpans(instance, Date.now() + 60_000)).toBe(true);
    expect([await stored(instance, 60), await stored(other, 60)]).toEqual([[], [[1, 5]]]);
  });
});

it('The last collected minute never moves back, unless it is of a clock that ran ahead', async () => {
  const last = () => records.readCollected('looks');
  expect(await last()).toBeUndefined();
  for (const minute of [BEGIN, BEGIN + 5, BEGIN + 3]) await records.writeCollected('looks', minute, BEGIN + 6);
  expect(await last()).toBe(BEGIN + 5);
  expect(await records.readCollected('traffic')).toBeUndefined();
  await records.writeCollected('looks', BEGIN + 3, BEGIN + 4);
  expect(await last()).toBe(BEGIN + 3);
});
