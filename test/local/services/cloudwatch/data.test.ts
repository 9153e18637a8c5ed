import { CloudWatchClient, GetMetricDataCommand, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
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

const ask = (Stat: string, Period = 60, minutesAgo = 0) => {
  const now = Date.now() - minutesAgo * MINUTE_MS;
  const Metric = { Namespace: times.namespace, MetricName: times.name, Dimensions };
  return client.send(
    new GetMetricDataCommand({
      MetricDataQueries: [{ Id: 'a', MetricStat: { Metric, Period, Stat } }],
      StartTime: new Date(now - 2 * MINUTE_MS),
      EndTime: new Date(now + MINUTE_MS),
    }),
  );
};

describe('what was measured of a target group', () => {
  it.each([
    ['SampleCount', 100],
    ['Sum', 5.05],
    ['Average', 0.0505],
    ['Minimum', 0.001],
    ['Maximum', 0.1],
    ['p50', 0.05],
    ['p99', 0.099],
    ['p100', 0.1],
  ])('has the %s of each minute, at the beginning of the minute', async (statistic, value) => {
    const { MetricDataResults: [result] = [] } = await ask(statistic);
    expect(result?.Values?.[0]).toBeCloseTo(value, 10);
    expect((result?.Timestamps?.[0]?.getTime() ?? 1) % MINUTE_MS).toBe(0);
  });

  it('is nothing in a minute without values, and is refused by another period or statistic', async () => {
    expect((await ask('Sum', 60, 10)).MetricDataResults?.[0]).toMatchObject({ Values: [], Timestamps: [] });
    await expect(ask('Sum', 300)).rejects.toThrow('a period of 300 seconds is not emulated');
    await expect(ask('TM(10%:90%)')).rejects.toThrow('the statistic TM(10%:90%) is not emulated');
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
