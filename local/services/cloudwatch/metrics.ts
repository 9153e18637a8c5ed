import type { MetricName, Metrics, Point } from '../../kernel/ports.ts';
import { createMeters, type Meters } from './meters.ts';

/** How long points are kept, in milliseconds: alarms look back six hours at most. */
const KEPT_MS = 6 * 3_600_000;
/** The most points of one metric: the oldest are dropped first. */
const MOST = 20_000;

/** The statistics that alarms of the template use. */
export type Statistic = 'Sum' | 'Maximum' | 'Minimum' | 'Average' | 'SampleCount';

interface Sample {
  readonly at: number;
  readonly value: number;
}

/** Metrics of one name, by the names of their dimensions. */
interface MetricSchema {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly string[];
}

export interface MetricStore extends Metrics {
  readonly meters: Meters;
  /** A statistic of the points from `from` until before `to`, in milliseconds since 1970; undefined without any. */
  statistic(metric: MetricName, statistic: Statistic, from: number, to: number): number | undefined;
  /** The same over all metrics of a name that have exactly these dimensions, with any values. */
  over(metric: MetricSchema, statistic: Statistic, from: number, to: number): number | undefined;
}

/** Recent measurements, in memory: a restart forgets them, and alarms start over. The dimensions of a metric have no order. */
export function createMetrics(): MetricStore {
  const meters = createMeters();
  const series = new Map<string, Sample[]>();
  const schemas = new Map<string, Set<string>>();
  const schemaOf = ({ namespace, name, dimensions }: MetricSchema) =>
    [namespace, name, ...dimensions.toSorted()].join(' ');
  const keyOf = ({ namespace, name, dimensions }: MetricName) =>
    [
      namespace,
      name,
      ...Object.entries(dimensions)
        .map((pair) => pair.join('='))
        .sort(),
    ].join(' ');
  return {
    meters,
    meter: meters.meter,
    record({ at = Date.now(), value, ...metric }: Point) {
      const key = keyOf(metric);
      const samples = series.get(key) ?? [];
      series.set(key, samples);
      const schema = schemaOf({ ...metric, dimensions: Object.keys(metric.dimensions) });
      schemas.set(schema, (schemas.get(schema) ?? new Set()).add(key));
      samples.push({ at, value });
      while (samples.length > MOST || (samples[0]?.at ?? at) < at - KEPT_MS) samples.shift();
    },
    statistic: (metric, statistic, from, to) => statisticOf(series.get(keyOf(metric)) ?? [], statistic, from, to),
    over: (schema, statistic, from, to) =>
      statisticOf(
        [...(schemas.get(schemaOf(schema)) ?? [])].flatMap((key) => series.get(key) ?? []),
        statistic,
        from,
        to,
      ),
  };
}

function statisticOf(samples: readonly Sample[], statistic: Statistic, from: number, to: number): number | undefined {
  const values = samples.filter(({ at }) => at >= from && at < to).map(({ value }) => value);
  if (values.length === 0) return undefined;
  const sum = values.reduce((total, value) => total + value, 0);
  if (statistic === 'SampleCount') return values.length;
  if (statistic === 'Maximum') return Math.max(...values);
  if (statistic === 'Minimum') return Math.min(...values);
  return statistic === 'Average' ? sum / values.length : sum;
}

interface EmbeddedMetrics {
  readonly _aws?: {
    readonly Timestamp?: number;
    readonly CloudWatchMetrics?: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
}

/**
 * Reads the metrics from a log line in the embedded metric format, each once per set of dimensions.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function readEmbedded(message: string, metrics: Metrics): void {
  if (!message.includes('"_aws"')) return;
  const line = parsed(message.slice(message.indexOf('{')));
  const { Timestamp, CloudWatchMetrics = [] } = line?._aws ?? {};
  for (const { Namespace, Dimensions, Metrics: declared } of CloudWatchMetrics) {
    for (const keys of Dimensions) {
      const dimensions = Object.fromEntries(keys.map((key) => [key, String(Reflect.get(line ?? {}, key))]));
      for (const { Name } of declared) {
        const values = [Reflect.get(line ?? {}, Name)].flat().filter((value) => typeof value === 'number');
        for (const value of values)
          metrics.record({ namespace: Namespace, name: Name, dimensions, value, ...(Timestamp && { at: Timestamp }) });
      }
    }
  }
}

function parsed(text: string): EmbeddedMetrics | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
