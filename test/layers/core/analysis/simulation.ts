import { judge, type Minute } from '../../../../layers/core/analysis/judge.ts';
import { bucketOf } from '../../../../layers/core/metrics/histogram.ts';
import { NOTHING, type Reading } from '../../../../layers/core/metrics/reading.ts';

/** Traffic of a service during a rollout. */
export interface Traffic {
  readonly requestsPerSecond: number;
  /** The share of requests that fail in the release before. */
  readonly errorRate: number;
  /** How many more fail in the new release. */
  readonly extra: number;
}

/** Decides after each minute whether to stop a rollout, by all minutes until then. */
export type Rule = (minutes: readonly Minute[]) => boolean;

const LIMITS = { maxErrorPercent: 1, maxP95Ms: 2000, usualP95Ms: 100 };

export const RULES = {
  Gantry: (minutes) => judge(minutes, LIMITS).verdict === 'bad',
  /** Five failed checks, not in a row, of 99 percent success each minute: https://fluxcd.io/flagger/usage/metrics */
  Flagger: (minutes) => failedChecks(minutes, 0.01) >= 5,
  /** More than three failed measurements of 95 percent success: https://argo-rollouts.readthedocs.io/en/stable/features/analysis/ */
  'Argo Rollouts': (minutes) => failedChecks(minutes, 0.05) > 3,
} as const satisfies Record<string, Rule>;

function failedChecks(minutes: readonly Minute[], limit: number): number {
  return minutes.filter(({ release }) => release.requests > 0 && release.errors / release.requests > limit).length;
}

/**
 * A rollout that gives 10, 25 and 50 percent of the traffic for `bakeMinutes` each. Returns the minute of the stop;
 * undefined without a stop.
 */
export function rollout(rule: Rule, traffic: Traffic, bakeMinutes: number, random: () => number): number | undefined {
  const minutes: Minute[] = [];
  for (const share of [0.1, 0.25, 0.5]) {
    for (let minute = 0; minute < bakeMinutes; minute += 1) {
      minutes.push(minuteOf(traffic, share, random));
      if (rule(minutes)) return minutes.length;
    }
  }
  return undefined;
}

function minuteOf({ requestsPerSecond, errorRate, extra }: Traffic, share: number, random: () => number): Minute {
  const reading = (requests: number, rate: number): Reading => ({
    ...NOTHING,
    requests,
    errors: Math.min(requests, poisson(requests * rate, random)),
    times: new Map([[bucketOf(50), requests]]),
  });
  const sent = requestsPerSecond * 60;
  return {
    release: reading(poisson(sent * share, random), errorRate + extra),
    stable: reading(poisson(sent * (1 - share), random), errorRate),
  };
}

/** A random number of events with the average `mean`. Large numbers are almost normally distributed. */
function poisson(mean: number, random: () => number): number {
  if (mean > 500) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
  }
  let [events, product] = [0, random()];
  for (const limit = Math.exp(-mean); product > limit; product *= random()) events += 1;
  return events;
}

/** Numbers from 0 to 1 that are the same in every run: mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
