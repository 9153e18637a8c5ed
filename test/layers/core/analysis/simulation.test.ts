import { describe, expect, it } from '@jest/globals';
import { patience } from '../../../patience.ts';
import { RULES, rollout, seeded, type Traffic } from './simulation.ts';

/** The minutes after which rollouts were stopped, sorted; Infinity for one that went through. */
function stops(traffic: Traffic, rollouts: number, bakeMinutes = 5): number[] {
  const random = seeded(1);
  const minutes = Array.from(
    { length: rollouts },
    () => rollout(RULES.Gantry, traffic, bakeMinutes, random) ?? Number.POSITIVE_INFINITY,
  );
  return minutes.sort((a, b) => a - b);
}

describe('simulated rollouts', () => {
  it.each([1, 10, 50, 200])(
    'of a release that is as good as the live one are stopped in at most 1 of 100 cases: at %s requests a second',
    (requestsPerSecond) => {
      const tooMany = [0, 0.001, 0.005, 0.02].filter(
        (errorRate) => stops({ requestsPerSecond, errorRate, extra: 0 }, 200).filter(Number.isFinite).length > 2,
      );
      expect(tooMany).toEqual([]);
    },
    patience(20_000),
  );

  it('of a release that fails two more requests in a hundred are stopped in the first minute, at 50 requests a second', () => {
    const minutes = stops({ requestsPerSecond: 50, errorRate: 0.001, extra: 0.02 }, 101);
    expect(minutes[50]).toBeLessThanOrEqual(1);
  });

  it('of a release that fails one more request in two hundred are stopped within ten minutes, at 50 requests a second', () => {
    const minutes = stops({ requestsPerSecond: 50, errorRate: 0.001, extra: 0.005 }, 101);
    expect(minutes[50]).toBeLessThanOrEqual(10);
  });
});
