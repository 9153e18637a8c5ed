import type { Distribution } from '@gantry/contract/schemas/timings.ts';

/** The number of durations in each bucket, by the bucket's upper bound in milliseconds. */
export type Histogram = ReadonlyMap<number, number>;

/** Up to here a bucket is one millisecond wide. */
const EXACT_MS = 100;
/** More than 27 hours, which no deployment may take. */
const LARGEST_MS = 99_000_000;

/**
 * The bucket of a duration: its first two digits, rounded up. That is at most 10 % too much, and makes 640 buckets. A negative duration, from clocks
 * that differ, counts as zero.
 */
export function bucketOf(ms: number): number {
  const whole = Math.min(Math.max(Math.ceil(ms), 0), LARGEST_MS);
  const width = whole <= EXACT_MS ? 1 : 10 ** (String(whole - 1).length - 2);
  return Math.ceil(whole / width) * width;
}

/** A summary of a histogram: nearest-rank percentiles, each the upper bound of its bucket. */
export function distributionOf(histogram: Histogram): Distribution {
  const buckets = [...histogram].sort(([a], [b]) => a - b);
  const count = buckets.reduce((sum, [, number]) => sum + number, 0);
  const percentile = (percent: number): number | null => {
    const rank = Math.ceil((count * percent) / 100);
    let passed = 0;
    for (const [bound, number] of buckets) {
      passed += number;
      if (passed >= rank) return bound;
    }
    return null;
  };
  return { count, p50Ms: percentile(50), p90Ms: percentile(90), p99Ms: percentile(99), maxMs: percentile(100) };
}
