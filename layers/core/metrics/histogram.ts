/** Times by bucket: how many requests took as long. Buckets are log-linear, so that histograms of releases and of minutes add up exactly. */
export type Histogram = ReadonlyMap<number, number>;

/** Each bucket ends this many times higher than it begins, so that a time is known to 2 percent. */
const GROWTH = 1.04;
const LOG_GROWTH = Math.log(GROWTH);
/** The resolution of short times, in milliseconds: shorter ones count as this. */
const SHORTEST_MS = 0.1;
/** The last bucket: it ends at 100 seconds, longer than the load balancer waits. */
const LAST_BUCKET = Math.ceil(Math.log(100_000 / SHORTEST_MS) / LOG_GROWTH);

/** The bucket of a time in milliseconds. */
export function bucketOf(ms: number): number {
  if (!(ms > SHORTEST_MS)) return 0;
  return Math.min(LAST_BUCKET, Math.ceil(Math.log(ms / SHORTEST_MS) / LOG_GROWTH));
}

/** How many buckets share the times between two known quantiles: more would say nothing more, and make items larger. */
const MOST_PLACES = 12;

/** The time in milliseconds that is at most 2 percent from any time of a bucket. */
export function timeOf(bucket: number): number {
  return bucket === 0 ? SHORTEST_MS : (2 * SHORTEST_MS * GROWTH ** bucket) / (1 + GROWTH);
}

/** All times of several histograms, in any order. */
export function added(histograms: Iterable<Histogram>): Histogram {
  const sum = new Map<number, number>();
  for (const histogram of histograms)
    for (const [bucket, count] of histogram) sum.set(bucket, (sum.get(bucket) ?? 0) + count);
  return sum;
}

/** How many times a histogram holds. */
export function countOf(histogram: Histogram): number {
  return [...histogram.values()].reduce((sum, count) => sum + count, 0);
}

/** How many times are longer than `ms` milliseconds: the sum of the buckets above that of `ms`. */
export function countAbove(histogram: Histogram, ms: number): number {
  const limit = bucketOf(ms);
  return [...histogram].reduce((sum, [bucket, count]) => sum + (bucket > limit ? count : 0), 0);
}

/** The time in milliseconds that a share of all (0 to 1) did not exceed; undefined without any. */
export function quantile(histogram: Histogram, share: number): number | undefined {
  const rank = Math.max(1, Math.ceil(share * countOf(histogram)));
  let seen = 0;
  for (const [bucket, count] of [...histogram].sort(([a], [b]) => a - b)) {
    seen += count;
    if (seen >= rank) return timeOf(bucket);
  }
  return undefined;
}

/** A time in milliseconds and the share of all (0 to 1) that did not exceed it. */
export interface Known {
  readonly share: number;
  readonly ms: number;
}

/**
 * A histogram of `count` times of which only some quantiles are known, in rising order, from the shortest (share 0) to
 * the longest (share 1). Times between two quantiles are spread evenly over the buckets between them, so the histogram
 * returns each known quantile again.
 */
export function fromQuantiles(count: number, known: readonly Known[]): Histogram {
  const histogram = new Map<number, number>();
  const add = (bucket: number, times: number) => {
    if (times > 0) histogram.set(bucket, (histogram.get(bucket) ?? 0) + times);
  };
  let [below, from] = [0, bucketOf(known[0]?.ms ?? 0)];
  for (const { share, ms } of known) {
    const upTo = share >= 1 ? count : Math.min(count, Math.ceil(share * count));
    const to = Math.max(from, bucketOf(ms));
    const times = upTo - below;
    if (times > 0) {
      // The quantile itself is one of them; the others lie below it.
      const others = times - 1;
      const places = Math.max(1, Math.min(MOST_PLACES, to - from, others));
      for (let place = 0; place < places; place += 1) {
        const bucket = from + Math.round(((place + 1) * (to - from)) / (places + 1));
        add(bucket, Math.floor(((place + 1) * others) / places) - Math.floor((place * others) / places));
      }
      add(to, 1);
      below = upTo;
    }
    from = to;
  }
  return histogram;
}
