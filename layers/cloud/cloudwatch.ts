import {
  CloudWatchClient,
  type Datapoint,
  GetMetricStatisticsCommand,
  type GetMetricStatisticsCommandInput,
  ListMetricsCommand,
} from '@aws-sdk/client-cloudwatch';
import { clientDefaults } from './client.ts';
import { available } from './failures.ts';

const cloudwatch = new CloudWatchClient(clientDefaults);

const NAMESPACE = 'AWS/ApplicationELB';
const MINUTE_MS = 60_000;
/** The most minutes of one request: a day. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html */
export const MOST_MINUTES = 1440;

/** A load balancer, or one target group behind it. Both are dimensions of metrics: the last part of an ARN. */
export interface Measured {
  readonly loadBalancer: string;
  readonly targetGroup?: string;
}

export type CountMetric = 'RequestCount' | 'HTTPCode_Target_5XX_Count' | 'TargetConnectionErrorCount';

/** Values by the minute since 1970; a minute without a value is missing. */
export type Minutes<T = number> = ReadonlyMap<number, T>;

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

/** How much was counted in each minute (since 1970) from `from` until before `until`, at most MOST_MINUTES. */
export async function countsOf(of: Measured, metric: CountMetric, from: number, until: number): Promise<Minutes> {
  const points = await read(of, { MetricName: metric, Statistics: ['Sum'] }, from, until);
  return byMinute(points, ({ Sum = 0 }) => Sum);
}

/** Percentiles of how long answers took in each minute, in seconds, in the order of `percents` (0 to 100, at most ten). */
export async function timesOf(
  of: Measured,
  percents: readonly number[],
  from: number,
  until: number,
): Promise<Minutes<readonly (number | undefined)[]>> {
  const names = percents.map((percent) => `p${percent.toFixed(percent === 0 ? 1 : 0)}`);
  const points = await read(of, { MetricName: 'TargetResponseTime', ExtendedStatistics: names }, from, until);
  return byMinute(points, ({ ExtendedStatistics = {} }) => names.map((name) => ExtendedStatistics[name]));
}

type Asked = Pick<GetMetricStatisticsCommandInput, 'MetricName' | 'Statistics' | 'ExtendedStatistics'>;

/** One request: it has one price, however many statistics and minutes it asks for. The points come in any order. */
async function read(
  { loadBalancer, targetGroup }: Measured,
  asked: Asked,
  from: number,
  until: number,
): Promise<readonly Datapoint[]> {
  const command = new GetMetricStatisticsCommand({
    ...asked,
    Namespace: NAMESPACE,
    Dimensions: [
      ...(targetGroup === undefined ? [] : [{ Name: 'TargetGroup', Value: targetGroup }]),
      { Name: 'LoadBalancer', Value: loadBalancer },
    ],
    StartTime: new Date(from * MINUTE_MS),
    EndTime: new Date(until * MINUTE_MS),
    Period: 60,
  });
  return (await available('CloudWatch', () => cloudwatch.send(command))).Datapoints ?? [];
}

function byMinute<T>(points: readonly Datapoint[], of: (point: Datapoint) => T): Minutes<T> {
  return new Map(points.map((point) => [Math.floor((point.Timestamp?.getTime() ?? 0) / MINUTE_MS), of(point)]));
}
