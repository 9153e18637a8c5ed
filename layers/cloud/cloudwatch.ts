import {
  CloudWatchClient,
  GetMetricDataCommand,
  ListMetricsCommand,
  type MetricDataQuery,
} from '@aws-sdk/client-cloudwatch';
import { clientDefaults } from './client.ts';
import { available } from './failures.ts';

const cloudwatch = new CloudWatchClient(clientDefaults);

const NAMESPACE = 'AWS/ApplicationELB';
const MINUTE_MS = 60_000;
/** The most metrics of one request, and the most points: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const MOST_METRICS = 500;
const MOST_POINTS = 100_800;

/** A statistic of one metric of a target group. */
export interface Wanted {
  /** Both as dimensions of metrics: the last part of an ARN. */
  readonly loadBalancer: string;
  readonly targetGroup: string;
  readonly metric: 'RequestCount' | 'HTTPCode_Target_5XX_Count' | 'TargetConnectionErrorCount' | 'TargetResponseTime';
  /** `Sum`, `Minimum`, `Maximum`, or a percentile such as `p95`. */
  readonly statistic: string;
}

/** Values by the minute since 1970; a minute without a value is missing. */
export type Minutes = ReadonlyMap<number, number>;

/** The dimension of metrics for the ARN of a target group. */
export function targetGroupOf(arn: string): string {
  return arn.slice(arn.lastIndexOf(':') + 1);
}

/**
 * The load balancer before each target group with metrics, at most 500, both as metrics name them. CloudWatch lists a new metric up to 15 minutes late.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html
 */
export async function loadBalancers(): Promise<ReadonlyMap<string, string>> {
  const command = new ListMetricsCommand({
    Namespace: NAMESPACE,
    MetricName: 'RequestCount',
    Dimensions: [{ Name: 'TargetGroup' }, { Name: 'LoadBalancer' }],
  });
  const { Metrics = [] } = await available('CloudWatch', () => cloudwatch.send(command));
  return new Map(
    Metrics.flatMap(({ Dimensions = [] }) => {
      const dimension = (name: string) => Dimensions.find(({ Name }) => Name === name)?.Value;
      const [group, balancer] = [dimension('TargetGroup'), dimension('LoadBalancer')];
      return group === undefined || balancer === undefined ? [] : [[group, balancer] as const];
    }),
  );
}

/** The values of each wanted metric in the minutes (since 1970) from `from` until before `until`, in the order of `wanted`. */
export async function minutesOf(wanted: readonly Wanted[], from: number, until: number): Promise<Minutes[]> {
  const most = Math.max(1, Math.min(MOST_METRICS, Math.floor(MOST_POINTS / Math.max(1, until - from))));
  const found: Minutes[] = [];
  for (let at = 0; at < wanted.length; at += most)
    found.push(...(await batch(wanted.slice(at, at + most), from, until)));
  return found;
}

async function batch(wanted: readonly Wanted[], from: number, until: number): Promise<Minutes[]> {
  const values = wanted.map(() => new Map<number, number>());
  let next: string | undefined;
  do {
    const command = new GetMetricDataCommand({
      MetricDataQueries: wanted.map(queryOf),
      StartTime: new Date(from * MINUTE_MS),
      EndTime: new Date(until * MINUTE_MS),
      NextToken: next,
    });
    const { MetricDataResults = [], NextToken } = await available('CloudWatch', () => cloudwatch.send(command));
    for (const { Id = '', Timestamps = [], Values = [] } of MetricDataResults)
      for (const [index, time] of Timestamps.entries())
        values[Number(Id.slice(1))]?.set(Math.floor(time.getTime() / MINUTE_MS), Values[index] ?? 0);
    next = NextToken;
  } while (next !== undefined);
  return values;
}

function queryOf({ loadBalancer, targetGroup, metric, statistic }: Wanted, index: number): MetricDataQuery {
  return {
    Id: `m${index}`,
    MetricStat: {
      Metric: {
        Namespace: NAMESPACE,
        MetricName: metric,
        Dimensions: [
          { Name: 'TargetGroup', Value: targetGroup },
          { Name: 'LoadBalancer', Value: loadBalancer },
        ],
      },
      Period: 60,
      Stat: statistic,
    },
  };
}
