/**
 * Sequential tests: how strongly counts show that a release is bad. Each test is the logarithm of an e-process, a
 * likelihood ratio averaged over several alternatives. As long as the release is as good as the hypothesis says, the
 * value ever exceeds ln(1/a) with a probability of at most a, however often somebody looks (Ville's inequality:
 * https://arxiv.org/abs/2210.01948).
 */

/** Requests of a release, and how many of them were bad: they failed, or took too long. */
export interface Counts {
  readonly requests: number;
  readonly bad: number;
}

/** The counts of a release and of the live release in the same interval. */
export interface Interval {
  readonly release: Counts;
  readonly stable: Counts;
}

/** How many times more often than it should a release may be bad: the alternatives. */
const RATIOS = [1.5, 2, 3, 5, 9, 20, 60];

/**
 * The evidence that a release is bad more often than the live release. Only the share of bad requests that belong to
 * the release counts, not their number: a fault of a shared database raises both alike, and is no evidence. The
 * releases may have any error rate, and the rate may change between intervals.
 */
export function evidenceOfDifference(intervals: readonly Interval[]): number {
  const both = intervals.filter(({ release, stable }) => release.requests > 0 && stable.requests > 0);
  return averaged((ratio) =>
    both.reduce((sum, { release, stable }) => {
      const share = release.requests / (release.requests + stable.requests);
      const bad = release.bad + stable.bad;
      // Drawn without replacement the share varies less than the binomial of this ratio (Hoeffding 1963, theorem 4): the bound holds.
      return sum + release.bad * Math.log(ratio) - bad * Math.log(share * ratio + 1 - share);
    }, 0),
  );
}

/** The evidence that a release is bad more often than `limit`, a share between 0 and 1 that does not depend on any other release. */
export function evidenceAboveLimit(counts: Counts, limit: number): number {
  const { requests, bad } = counts;
  return averaged((ratio) => {
    const share = (limit * ratio) / (1 + limit * (ratio - 1));
    return bad * Math.log(share / limit) + (requests - bad) * Math.log((1 - share) / (1 - limit));
  });
}

/** How many requests of a release show that it is not bad more often by `margin` (a share) than `rate`: by then the evidence would have been enough. */
export function requestsToTell(rate: number, margin: number, needed: number): number {
  const worse = Math.min(1, rate + margin);
  return Math.ceil((needed + Math.log(RATIOS.length)) / (worse * Math.log(worse / rate) - margin));
}

/** The logarithm of the mean of likelihood ratios, given by their logarithms. */
function averaged(logarithm: (ratio: number) => number): number {
  const logarithms = RATIOS.map(logarithm);
  const most = Math.max(...logarithms);
  return most + Math.log(logarithms.reduce((sum, each) => sum + Math.exp(each - most), 0) / RATIOS.length);
}
