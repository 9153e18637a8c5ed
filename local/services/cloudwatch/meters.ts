import type { Meter, MetricName } from '../../kernel/ports.ts';

/** How many minutes are kept: more than a collector reads back while the platform runs. */
const KEPT_MINUTES = 180;
const MINUTE_MS = 60_000;

/** The measurements of one metric in one minute. */
export interface Summary {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** How often each value came, to three digits. */
  readonly values: ReadonlyMap<number, number>;
}

interface Counting {
  count: number;
  sum: number;
  min: number;
  max: number;
  readonly values: Map<number, number>;
}

/**
 * Measurements that are kept by minute, as AWS's services publish them. So a million values need no more memory than a
 * few.
 */
export interface Meters {
  /** Counts the values of one metric. */
  meter(metric: MetricName): Meter;
  /** The minutes (since 1970) of a metric from one until before another, oldest first. */
  minutes(metric: MetricName, from: number, until: number): readonly (readonly [minute: number, summary: Summary])[];
  /** The metrics of a namespace and a name with values in the last three hours. */
  named(namespace: string, name: string): readonly MetricName[];
}

interface Series {
  readonly metric: MetricName;
  readonly minutes: Map<number, Counting>;
}

export function createMeters(): Meters {
  const series = new Map<string, Series>();
  const seriesOf = (metric: MetricName) => {
    const key = keyOf(metric);
    const found = series.get(key) ?? { metric, minutes: new Map<number, Counting>() };
    series.set(key, found);
    return found;
  };
  const drop = (before: number) => {
    for (const [key, { minutes }] of series) {
      for (const minute of minutes.keys()) if (minute < before) minutes.delete(minute);
      if (minutes.size === 0) series.delete(key);
    }
  };
  return {
    meter(metric) {
      return (value) => {
        const minute = Math.floor(Date.now() / MINUTE_MS);
        const { minutes } = seriesOf(metric);
        let counting = minutes.get(minute);
        if (counting === undefined) {
          drop(minute - KEPT_MINUTES);
          counting = { count: 0, sum: 0, min: value, max: value, values: new Map() };
          seriesOf(metric).minutes.set(minute, counting);
        }
        const rounded = Number(value.toPrecision(3));
        counting.count += 1;
        counting.sum += value;
        counting.min = Math.min(counting.min, value);
        counting.max = Math.max(counting.max, value);
        counting.values.set(rounded, (counting.values.get(rounded) ?? 0) + 1);
      };
    },
    minutes(metric, from, until) {
      const found = [...(series.get(keyOf(metric))?.minutes ?? [])];
      return found.filter(([minute]) => minute >= from && minute < until).sort(([a], [b]) => a - b);
    },
    named: (namespace, name) =>
      [...series.values()]
        .map(({ metric }) => metric)
        .filter((each) => each.namespace === namespace && each.name === name),
  };
}

function keyOf({ namespace, name, dimensions }: MetricName): string {
  const pairs = Object.entries(dimensions).map((pair) => pair.join('='));
  return [namespace, name, ...pairs.sort()].join(' ');
}

/** A statistic of a minute; undefined for one that is not emulated. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html */
export function statisticIn(summary: Summary, statistic: string): number | undefined {
  const { count, sum, min, max, values } = summary;
  const plain: Readonly<Record<string, number>> = {
    SampleCount: count,
    Sum: sum,
    Minimum: min,
    Maximum: max,
    Average: sum / count,
  };
  const [, percent] = /^p(\d{1,2}(?:\.\d{1,10})?|100)$/.exec(statistic) ?? [];
  if (percent === undefined) return plain[statistic];
  const rank = Math.max(1, Math.ceil((Number(percent) / 100) * count));
  let seen = 0;
  for (const [value, times] of [...values].sort(([a], [b]) => a - b)) {
    seen += times;
    if (seen >= rank) return value;
  }
  return max;
}
