import type { MetricPoint, Metrics } from '@gantry/contract/schemas/metrics.ts';
import { describe, expect, it } from '@jest/globals';
import { ticksOf, topOf } from '../../../dashboard/components/chart/scale.ts';
import { metricSearch } from '../../../dashboard/data/metric-search.ts';
import { isUnread, minutesIn, stepsOf, valuesByStep } from '../../../dashboard/data/metric-values.ts';

const values = {
  ...{ requests: 0, errors: 0, p50: null, p95: null, p99: null },
  ...{ cpu: 0, memory: 0, mostMemory: 0, replicas: 1, restarts: 0 },
};
const FROM = '2026-11-30T12:00:00.000Z';
const minute = (count: number) => new Date(Date.parse(FROM) + count * 60_000).toISOString();
const point = (count: number): MetricPoint => ({ at: minute(count), all: values, releases: [] });
const metrics = (points: readonly MetricPoint[], trafficDelaySeconds: number): Metrics => ({
  ...{ from: FROM, to: minute(10), step: 60, trafficDelaySeconds },
  total: { requests: 0, errors: 0, p50: null, p95: null, p99: null },
  points: [...points],
});

describe('the charts of a service', () => {
  it('have a step for each minute of the range, also for those in which nothing was measured', () => {
    const found = valuesByStep(metrics([point(2), point(7)], 0));
    expect(found.flatMap((each, index) => (each === undefined ? [] : [index]))).toEqual([2, 7]);
    expect(found).toHaveLength(10);
  });

  it('show no requests as unknown, and not as none, until the load balancer can have told them', () => {
    const late = metrics([], 420);
    expect(stepsOf(late).map((at) => isUnread(late, at))).toEqual([...Array(3).fill(false), ...Array(7).fill(true)]);
    const local = metrics([], 0);
    expect(stepsOf(local).some((at) => isUnread(local, at))).toBe(false);
  });

  it('count the requests of a minute also in the last point, which is not over', () => {
    const hours = { ...metrics([], 0), step: 3600, to: minute(72) };
    expect([minutesIn(hours, Date.parse(FROM)), minutesIn(hours, Date.parse(minute(60)))]).toEqual([60, 10]);
    const days = { ...hours, step: 21_600, to: minute(7 * 60) };
    expect([minutesIn(days, Date.parse(FROM)), minutesIn(days, Date.parse(minute(360)))]).toEqual([360, 60]);
    expect(minutesIn(metrics([], 0), Date.parse(minute(9)))).toBe(1);
  });

  it('end at a round number above every value, and name round times within the range', () => {
    expect([0.3, 7, 220, 1000, 4096].map((value) => topOf([value, null], 0.01))).toEqual([0.3, 8, 300, 1000, 6000]);
    expect(topOf([], 2)).toBe(2);
    const [from, hour] = [Date.parse(FROM), 3_600_000];
    const texts = (hours: number) => ticksOf(from, from + hours * hour).map(({ text }) => text);
    expect(texts(1)).toEqual(expect.arrayContaining([expect.stringMatching(/^\d\d:[0-5]0$/)]));
    for (const hours of [1, 6, 24, 168, 720, 2160]) expect(texts(hours).length).toBeLessThanOrEqual(6);
  });

  it('ignore what an address has besides known choices', () => {
    expect(metricSearch({ range: '7d', release: 'each', as: 'table', more: 1 })).toEqual({
      ...{ range: '7d', release: 'each' },
      as: 'table',
    });
    expect(metricSearch({ range: '2y', release: '', as: 'pie' })).toEqual({});
  });
});
