import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Retrier } from '../../../../local/services/states/definition.ts';
import { matches, nextRetry } from '../../../../local/services/states/retry.ts';

const errorName = fc.constantFrom(
  'Busy',
  'Lambda.Unknown',
  'States.Timeout',
  'States.Runtime',
  'States.DataLimitExceeded',
);
const retrier: fc.Arbitrary<Retrier> = fc.record(
  {
    ErrorEquals: fc.oneof(
      fc.constant(['States.ALL']),
      fc.uniqueArray(fc.constantFrom('Busy', 'States.TaskFailed', 'States.Timeout', 'Other'), { minLength: 1 }),
    ),
    IntervalSeconds: fc.integer({ min: 1, max: 100 }),
    MaxAttempts: fc.integer({ min: 0, max: 5 }),
    BackoffRate: fc.double({ min: 1, max: 4, noNaN: true }),
    MaxDelaySeconds: fc.integer({ min: 1, max: 1_000 }),
    JitterStrategy: fc.constantFrom('FULL' as const, 'NONE' as const),
  },
  { requiredKeys: ['ErrorEquals'] },
);

/** Every retry of a state that always fails with the same error. */
function retriesOf(retriers: readonly Retrier[], error: string, random = () => 0.5) {
  const attempts = retriers.map(() => 0);
  const all = [];
  for (let next = nextRetry(retriers, attempts, error, random); next !== undefined && all.length < 100; ) {
    all.push(next);
    attempts[next.index] = (attempts[next.index] ?? 0) + 1;
    next = nextRetry(retriers, attempts, error, random);
  }
  return all;
}

describe('retries', () => {
  it('count by the first retrier that matches the error, and by no other', () => {
    fc.assert(
      fc.property(fc.array(retrier, { maxLength: 4 }), errorName, (retriers, error) => {
        const first = retriers.findIndex(({ ErrorEquals }) => matches(ErrorEquals, error));
        const made = retriesOf(retriers, error);
        expect(made.map(({ index }) => index)).toEqual(
          Array(retriers[first]?.MaxAttempts ?? (first < 0 ? 0 : 3)).fill(first),
        );
      }),
    );
  });

  it('wait longer each time without jitter, and always between zero and the limit', () => {
    fc.assert(
      fc.property(retrier, fc.double({ min: 0, max: 1, noNaN: true }), (one, random) => {
        const delays = retriesOf([{ ...one, ErrorEquals: ['Busy'] }], 'Busy', () => random).map(
          ({ delaySeconds }) => delaySeconds,
        );
        for (const [index, delay] of delays.entries()) {
          expect(delay).toBeGreaterThanOrEqual(0);
          expect(delay).toBeLessThanOrEqual(one.MaxDelaySeconds ?? Number.POSITIVE_INFINITY);
          if (one.JitterStrategy !== 'FULL') expect(delay).toBeGreaterThanOrEqual(delays[index - 1] ?? 0);
        }
      }),
    );
  });

  it('skip terminal errors that no retrier names, and States.TaskFailed covers all but a timeout', () => {
    expect(matches(['States.ALL'], 'States.Runtime')).toBe(false);
    expect(matches(['States.ALL'], 'States.DataLimitExceeded')).toBe(false);
    expect(matches(['States.DataLimitExceeded'], 'States.DataLimitExceeded')).toBe(true);
    expect(matches(['States.TaskFailed'], 'States.Timeout')).toBe(false);
    expect(matches(['States.TaskFailed'], 'Busy')).toBe(true);
    expect(matches(['States.ALL'], 'States.Timeout')).toBe(true);
  });
});
