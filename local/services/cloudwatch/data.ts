import { type AnyOperation, AwsError } from '../../kernel/service.ts';
import { operation } from '../../wire/operation.ts';
import { type Meters, statisticIn } from './meters.ts';

interface Dimension {
  readonly Name: string;
  readonly Value?: string;
}

interface Query {
  readonly Id: string;
  readonly MetricStat: {
    readonly Metric: {
      readonly Namespace: string;
      readonly MetricName: string;
      readonly Dimensions?: readonly Dimension[];
    };
    readonly Period: number;
    readonly Stat: string;
  };
}

interface Asked {
  readonly MetricDataQueries: readonly Query[];
  readonly StartTime: number;
  readonly EndTime: number;
}

/** The most queries of one request. */
const MOST_QUERIES = 500;
const SECONDS = 60;

/** Reading what services measured, minute by minute. Alarms read other measurements: those of functions and of the platform. */
export function dataOperations(meters: Meters): Readonly<Record<string, AnyOperation>> {
  return {
    ListMetrics: operation({
      uses: ['Namespace', 'MetricName', 'Dimensions'],
      access: () => [{ action: 'cloudwatch:ListMetrics', resource: '*' }],
      handle({ Namespace = '', MetricName = '', Dimensions = [] }: Listed) {
        const has = (dimensions: Readonly<Record<string, string>>) =>
          Dimensions.every(
            ({ Name, Value }) => dimensions[Name] !== undefined && (Value ?? dimensions[Name]) === dimensions[Name],
          );
        const found = meters.named(Namespace, MetricName).filter(({ dimensions }) => has(dimensions));
        const Metrics = found.slice(0, MOST_QUERIES).map(({ dimensions }) => ({
          Namespace,
          MetricName,
          Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        }));
        return { Metrics };
      },
    }),
    GetMetricData: operation({
      uses: ['MetricDataQueries', 'StartTime', 'EndTime'],
      access: () => [{ action: 'cloudwatch:GetMetricData', resource: '*' }],
      handle({ MetricDataQueries, StartTime, EndTime }: Asked) {
        if (MetricDataQueries.length > MOST_QUERIES)
          throw refused(`MetricDataQueries has more than ${MOST_QUERIES} members`);
        const [from, until] = [Math.floor(StartTime / SECONDS), Math.ceil(EndTime / SECONDS)];
        return { MetricDataResults: MetricDataQueries.map((query) => resultOf(meters, query, from, until)) };
      },
    }),
  };
}

interface Listed {
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly Dimension[];
}

function resultOf(meters: Meters, { Id, MetricStat }: Query, from: number, until: number) {
  const { Metric, Period, Stat } = MetricStat;
  if (Period !== SECONDS) throw refused(`local cloud: a period of ${Period} seconds is not emulated`);
  const metric = {
    namespace: Metric.Namespace,
    name: Metric.MetricName,
    dimensions: Object.fromEntries((Metric.Dimensions ?? []).map(({ Name, Value = '' }) => [Name, Value])),
  };
  const points = meters.minutes(metric, from, until).map(([minute, summary]) => {
    const value = statisticIn(summary, Stat);
    if (value === undefined) throw refused(`local cloud: the statistic ${Stat} is not emulated`);
    return { time: minute * SECONDS, value };
  });
  return {
    Id,
    Label: Metric.MetricName,
    StatusCode: 'Complete',
    Timestamps: points.map(({ time }) => time),
    Values: points.map(({ value }) => value),
  };
}

function refused(message: string): AwsError {
  return new AwsError('InvalidParameterValueException', message);
}
