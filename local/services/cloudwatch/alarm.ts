import { evaluate } from './expression.ts';
import type { MetricStore, Statistic } from './metrics.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

interface Dimension {
  readonly Name: string;
  readonly Value: string;
}

interface Metric {
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly Dimension[];
}

interface Query {
  readonly Id: string;
  readonly Expression?: string;
  readonly MetricStat?: { readonly Metric: Metric; readonly Period: number; readonly Stat: string };
  readonly ReturnData?: boolean;
  readonly Period?: number;
}

/** The properties of an alarm of the template. */
export interface AlarmProperties extends Metric {
  readonly AlarmDescription?: string;
  readonly AlarmName?: string;
  readonly ComparisonOperator: string;
  readonly DatapointsToAlarm?: number;
  readonly EvaluationPeriods: number;
  readonly Metrics?: readonly Query[];
  readonly Period?: number;
  readonly Statistic?: string;
  readonly Threshold: number;
  readonly TreatMissingData?: string;
}

/**
 * The present state of an alarm: enough of its last periods, the current one included, must be beyond the threshold. AWS aligns periods with the
 * clock and takes up to a minute longer. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html#alarm-evaluation
 */
export function stateOf(alarm: AlarmProperties, metrics: MetricStore, now: number): AlarmState {
  const { EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods, TreatMissingData = 'missing' } = alarm;
  const periodMs = periodOf(alarm) * 1000;
  const values = Array.from({ length: Number(EvaluationPeriods) }, (_, index) => {
    const to = now - index * periodMs;
    return valueIn(alarm, metrics, to - periodMs, to);
  });
  const missing = TreatMissingData === 'breaching';
  const breaching = values.filter((value) => (value === undefined ? missing : isBreaching(alarm, value)));
  if (breaching.length >= Number(DatapointsToAlarm)) return 'ALARM';
  const known = values.some((value) => value !== undefined) || TreatMissingData === 'notBreaching' || missing;
  return known ? 'OK' : 'INSUFFICIENT_DATA';
}

function periodOf({ Period, Metrics = [] }: AlarmProperties): number {
  const [first] = Metrics.flatMap((query) => query.MetricStat?.Period ?? query.Period ?? []);
  return Number(Period ?? first ?? 300);
}

function valueIn(alarm: AlarmProperties, metrics: MetricStore, from: number, to: number): number | undefined {
  const read = (metric: Metric, statistic: string) =>
    metrics.statistic(
      {
        namespace: String(metric.Namespace),
        name: String(metric.MetricName),
        dimensions: Object.fromEntries((metric.Dimensions ?? []).map(({ Name, Value }) => [Name, Value])),
      },
      statistic as Statistic,
      from,
      to,
    );
  if (alarm.Metrics === undefined) return read(alarm, alarm.Statistic ?? 'Average');
  const stated = alarm.Metrics.flatMap(({ Id, MetricStat }) =>
    MetricStat === undefined ? [] : [[Id, read(MetricStat.Metric, MetricStat.Stat)] as const],
  );
  const result = alarm.Metrics.find(({ ReturnData = true }) => ReturnData);
  if (result?.Expression === undefined) return stated.find(([id]) => id === result?.Id)?.[1];
  if (result.Expression.startsWith('SELECT ')) return queried(result.Expression, metrics, from, to);
  if (stated.every(([, value]) => value === undefined)) return undefined;
  return evaluate(result.Expression, Object.fromEntries(stated.map(([id, value]) => [id, value ?? 0])));
}

const QUERY = /^SELECT (SUM|MIN|MAX|AVG|COUNT)\((\w+)\) FROM SCHEMA\("([^"]+)", ([\w, ]+)\)$/;
const STATISTICS = { SUM: 'Sum', MIN: 'Minimum', MAX: 'Maximum', AVG: 'Average', COUNT: 'SampleCount' } as const;

/**
 * The part of Metrics Insights that the template's alarms use: one statistic of one metric over a schema. Throws for anything else.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
 */
function queried(text: string, metrics: MetricStore, from: number, to: number): number | undefined {
  const [, statistic, name = '', namespace = '', dimensions = ''] = QUERY.exec(text) ?? [];
  if (statistic === undefined) throw new Error(`local cloud: the query ${text} is not emulated`);
  const schema = { namespace, name, dimensions: dimensions.split(', ') };
  return metrics.over(schema, STATISTICS[statistic as keyof typeof STATISTICS], from, to);
}

function isBreaching({ ComparisonOperator, Threshold }: AlarmProperties, value: number): boolean {
  const threshold = Number(Threshold);
  if (ComparisonOperator === 'GreaterThanThreshold') return value > threshold;
  if (ComparisonOperator === 'GreaterThanOrEqualToThreshold') return value >= threshold;
  if (ComparisonOperator === 'LessThanThreshold') return value < threshold;
  return value <= threshold;
}
