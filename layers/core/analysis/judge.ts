import type { Analysis, AnalysisCheck } from '@gantry/contract/schemas/analysis.ts';
import { countAbove } from '../metrics/histogram.ts';
import type { Reading } from '../metrics/reading.ts';
import { type Counts, evidenceAboveLimit, evidenceOfDifference, type Interval, requestsToTell } from './evidence.ts';

/** A minute in which the shares of traffic did not change. */
export interface Minute {
  readonly release: Reading;
  /** The release that served before. */
  readonly stable: Reading;
}

export interface Limits {
  /** The percentage of requests that may fail; null for any. */
  readonly maxErrorPercent: number | null;
  /** The time within which 95 of 100 requests must be answered, in milliseconds; null for any. */
  readonly maxP95Ms: number | null;
  /** The 95th percentile of the live release in milliseconds, from the time when it served alone; null if unknown. */
  readonly usualP95Ms: number | null;
}

/** A test of one kind of bad request. */
interface Test {
  readonly metric: AnalysisCheck['metric'];
  readonly slowAfterMs: number | null;
  readonly counts: (reading: Reading) => Counts;
  /** The chance to call a release bad that is as good as it must be. All tests together: below one percent. */
  readonly falseAlarms: number;
}

/** A release that is worse by less than this share of requests is not bad, however sure that is. */
const LEAST_DIFFERENCE = { errors: 0.002, latency: 0.02 };
/** A release is good once the traffic rules out that it is worse by this share of requests. */
const MARGIN = { errors: 0.02, latency: 0.1 };
/** The share of requests that are slower than their 95th percentile. */
const SLOW = 0.05;

/** The verdict over minutes in any order. A minute that is missing counts as one without requests. */
export function judge(minutes: readonly Minute[], limits: Limits): Pick<Analysis, 'verdict' | 'checks'> {
  const { maxErrorPercent, maxP95Ms, usualP95Ms } = limits;
  const errors = { metric: 'errors', slowAfterMs: null, counts: failed } as const;
  const latency = (ms: number) => ({ metric: 'latency', slowAfterMs: ms, counts: slowerThan(ms) }) as const;
  const checks = [
    compare({ ...errors, falseAlarms: 0.005 }, minutes),
    ...(usualP95Ms === null ? [] : [compare({ ...latency(usualP95Ms), falseAlarms: 0.003 }, minutes)]),
    ...(maxErrorPercent === null ? [] : [measure({ ...errors, falseAlarms: 0.001 }, minutes, maxErrorPercent / 100)]),
    ...(maxP95Ms === null ? [] : [measure({ ...latency(maxP95Ms), falseAlarms: 0.001 }, minutes, SLOW)]),
  ];
  const some = (verdict: AnalysisCheck['verdict']) => checks.some((check) => check.verdict === verdict);
  return { verdict: some('bad') ? 'bad' : some('unclear') ? 'unclear' : 'good', checks };
}

/** Compares a release with the live one. */
function compare({ counts, falseAlarms, ...test }: Test, minutes: readonly Minute[]): AnalysisCheck {
  const intervals: Interval[] = minutes.map(({ release, stable }) => ({
    release: counts(release),
    stable: counts(stable),
  }));
  const [release, stable] = [sum(intervals.map((each) => each.release)), sum(intervals.map((each) => each.stable))];
  const [evidence, needed] = [evidenceOfDifference(intervals), Math.log(1 / falseAlarms)];
  const isWorse = shareOf(release) - shareOf(stable) >= LEAST_DIFFERENCE[test.metric];
  // If the live release has no bad request, half a bad request is assumed.
  const rate = Math.max(stable.bad, 0.5) / Math.max(stable.requests, 1);
  const isEnough = stable.requests > 0 && release.requests >= requestsToTell(rate, MARGIN[test.metric], needed);
  const verdict = evidence >= needed && isWorse ? 'bad' : isEnough ? 'good' : 'unclear';
  return { ...test, against: 'stable', verdict, release, stable, limitPercent: null, evidence, needed };
}

/** Compares a release with a fixed limit. The release is not at fault if the live one exceeds the limit too. */
function measure({ counts, falseAlarms, ...test }: Test, minutes: readonly Minute[], limit: number): AnalysisCheck {
  const release = sum(minutes.map((minute) => counts(minute.release)));
  const stable = sum(minutes.map((minute) => counts(minute.stable)));
  const [evidence, needed] = [evidenceAboveLimit(release, limit), Math.log(1 / falseAlarms)];
  const isBad = evidence >= needed && shareOf(stable) <= limit;
  const verdict = isBad ? 'bad' : release.requests > 0 ? 'good' : 'unclear';
  return { ...test, against: 'limit', verdict, release, stable: null, limitPercent: limit * 100, evidence, needed };
}

function failed({ requests, errors }: Reading): Counts {
  return { requests, bad: Math.min(errors, requests) };
}

function slowerThan(ms: number) {
  return ({ requests, times }: Reading): Counts => ({ requests, bad: Math.min(requests, countAbove(times, ms)) });
}

function sum(counts: readonly Counts[]): Counts {
  return counts.reduce((total, { requests, bad }) => ({ requests: total.requests + requests, bad: total.bad + bad }), {
    requests: 0,
    bad: 0,
  });
}

function shareOf({ requests, bad }: Counts): number {
  return requests === 0 ? 0 : bad / requests;
}
