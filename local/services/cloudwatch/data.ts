import { type AnyOperation, AwsError } from '../../kernel/service.ts';
import { operation } from '../../wire/operation.ts';
import { type Meters, type Summary, statisticIn } from './meters.ts';

interface Dimension {
  readonly Name: string;
  readonly Value?: string;
}

interface Asked {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly Dimension[];
  readonly StartTime: number;
  readonly EndTime: number;
  readonly Period: number;
  readonly Statistics?: readonly string[];
  readonly ExtendedStatistics?: readonly string[];
}

/** The most metrics of one list, and the most points of one request. */
const MOST_LISTED = 500;
const MOST_POINTS = 1440;
const SECONDS = 60;

/**
 * The operations that read services' measurements by minute. Alarms read other measurements: those of functions and of
 * the platform.
 */
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
        const Metrics = found.slice(0, MOST_LISTED).map(({ dimensions }) => ({
          Namespace,
          MetricName,
          Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        }));
        return { Metrics };
      },
    }),
    GetMetricStatistics: operation({
      uses: [
        ...['Namespace', 'MetricName', 'Dimensions', 'StartTime', 'EndTime', 'Period'],
        ...['Statistics', 'ExtendedStatistics'],
      ],
      access: () => [{ action: 'cloudwatch:GetMetricStatistics', resource: '*' }],
      handle: (asked: Asked) => ({ Label: asked.MetricName, Datapoints: pointsOf(meters, asked) }),
    }),
  };
}

interface Listed {
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly Dimension[];
}

/** The points of each minute, newest first. AWS returns them in no order. */
function pointsOf(meters: Meters, asked: Asked) {
  const { Namespace, MetricName, Dimensions = [], StartTime, EndTime, Period } = asked;
  const { Statistics = [], ExtendedStatistics = [] } = asked;
  if (Statistics.length > 0 === ExtendedStatistics.length > 0)
    throw refused('Statistics and ExtendedStatistics: specify either of them, and not both', 'Combination');
  if (Period !== SECONDS) throw refused(`local cloud: a period of ${Period} seconds is not emulated`);
  const [from, until] = [Math.floor(StartTime / SECONDS), Math.ceil(EndTime / SECONDS)];
  if (until <= from) throw refused('The parameter StartTime must be less than the parameter EndTime.');
  if (until - from > MOST_POINTS)
    throw refused(
      `You have requested up to ${until - from} datapoints, which exceeds the limit of ${MOST_POINTS}.`,
      'Combination',
    );
  const metric = {
    namespace: Namespace,
    name: MetricName,
    dimensions: Object.fromEntries(Dimensions.map(({ Name, Value = '' }) => [Name, Value])),
  };
  const value = (summary: Summary, statistic: string) => {
    const found = statisticIn(summary, statistic);
    if (found === undefined) throw refused(`local cloud: the statistic ${statistic} is not emulated`);
    return [statistic, found] as const;
  };
  const of = (summary: Summary, names: readonly string[]) =>
    Object.fromEntries(names.map((name) => value(summary, name)));
  return meters
    .minutes(metric, from, until)
    .toReversed()
    .map(([minute, summary]) => ({
      Timestamp: minute * SECONDS,
      ...of(summary, Statistics),
      ...(ExtendedStatistics.length > 0 && { ExtendedStatistics: of(summary, ExtendedStatistics) }),
    }));
}

function refused(message: string, kind: 'Value' | 'Combination' = 'Value'): AwsError {
  return new AwsError(`InvalidParameter${kind}Exception`, message);
}
