import { CloudWatchClient, GetMetricStatisticsCommand, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import { createCloudWatch } from '@gantry/local/services/cloudwatch/cloudwatch.ts';
import { createMetrics } from '@gantry/local/services/cloudwatch/metrics.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Bench, bench } from '../../support.ts';

const MINUTE_MS = 60_000;
const balancer = { LoadBalancer: 'app/apps/1' };
const times = { namespace: 'AWS/ApplicationELB', name: 'TargetResponseTime' };
const Dimensions = [
  { Name: 'LoadBalancer', Value: 'app/apps/1' },
  { Name: 'TargetGroup', Value: 'targetgroup/one/1' },
];

let world: Bench;
let client: CloudWatchClient;
const store = createMetrics();

beforeAll(async () => {
  world = await bench(() => [createCloudWatch(store)]);
  client = new CloudWatchClient(world.client());
  const meter = store.meter({ ...times, dimensions: { ...balancer, TargetGroup: 'targetgroup/one/1' } });
  for (let value = 1; value <= 100; value += 1) meter(value / 1000);
  store.meter({ ...times, dimensions: balancer })(5);
});
afterAll(async () => {
  client.destroy();
  await world.close();
});

interface Asked {
  readonly Statistics?: ('SampleCount' | 'Sum' | 'Average' | 'Minimum' | 'Maximum')[];
  readonly ExtendedStatistics?: string[];
}

const ask = (asked: Asked, { Period = 60, minutesAgo = 0, minutes = 2 } = {}) => {
  const now = Date.now() - minutesAgo * MINUTE_MS;
  return client.send(
    new GetMetricStatisticsCommand({
      ...{ Namespace: times.namespace, MetricName: times.name, Dimensions, Period },
      StartTime: new Date(now - minutes * MINUTE_MS),
      EndTime: new Date(now + MINUTE_MS),
      ...asked,
    }),
  );
};

describe('the measurements of a target group', () => {
  it('has the statistics of each minute, at the beginning of the minute', async () => {
    const plain = await ask({ Statistics: ['SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum'] });
    const [point] = plain.Datapoints ?? [];
    expect(point?.SampleCount).toBe(100);
    expect(point?.Sum).toBeCloseTo(5.05, 10);
    expect(point?.Average).toBeCloseTo(0.0505, 10);
    expect([point?.Minimum, point?.Maximum]).toEqual([0.001, 0.1]);
    expect((point?.Timestamp?.getTime() ?? 1) % MINUTE_MS).toBe(0);
    const { Datapoints } = await ask({ ExtendedStatistics: ['p0.0', 'p50', 'p99', 'p100'] });
    const known = { 'p0.0': 0.001, p50: 0.05, p99: 0.099, p100: 0.1 };
    expect(Datapoints).toMatchObject([{ ExtendedStatistics: known }]);
  });

  it('is nothing in a minute without values, and is refused as on AWS, or if it is not emulated', async () => {
    expect((await ask({ Statistics: ['Sum'] }, { minutesAgo: 10 })).Datapoints).toEqual([]);
    await expect(ask({ Statistics: ['Sum'] }, { Period: 300 })).rejects.toThrow('a period of 300 seconds');
    await expect(ask({ ExtendedStatistics: ['tm90'] })).rejects.toThrow('the statistic tm90 is not emulated');
    await expect(ask({ Statistics: ['Sum'], ExtendedStatistics: ['p50'] })).rejects.toThrow('and not both');
    await expect(ask({})).rejects.toThrow('and not both');
    await expect(ask({ Statistics: ['Sum'] }, { minutes: 1500 })).rejects.toThrow('exceeds the limit of 1440');
  });

  it('is listed by its dimensions', async () => {
    const list = async (...dimensions: { Name: string; Value?: string }[]) => {
      const asked = { Namespace: times.namespace, MetricName: times.name, Dimensions: dimensions };
      const { Metrics = [] } = await client.send(new ListMetricsCommand(asked));
      return Metrics.map((metric) => metric.Dimensions?.length);
    };
    expect(await list({ Name: 'TargetGroup' })).toEqual([2]);
    expect((await list({ Name: 'LoadBalancer' })).toSorted()).toEqual([1, 2]);
    expect(await list({ Name: 'TargetGroup', Value: 'targetgroup/other/1' })).toEqual([]);
  });
});
