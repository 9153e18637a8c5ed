import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { judge, type Minute } from '../../../../layers/core/analysis/judge.ts';
import { sentenceOf } from '../../../../layers/core/analysis/sentence.ts';
import { bucketOf } from '../../../../layers/core/metrics/histogram.ts';
import { NOTHING, type Reading } from '../../../../layers/core/metrics/reading.ts';

const limits = { maxErrorPercent: 1, maxP95Ms: 2000, usualP95Ms: 100 };

/** A minute of a release: `slow` of its requests took 3 s, all others 50 ms. */
function reading(requests: number, errors: number, slow = 0): Reading {
  const times = new Map([[bucketOf(50), requests - slow], ...(slow > 0 ? [[bucketOf(3000), slow] as const] : [])]);
  return { ...NOTHING, requests, errors, times };
}
const minute = (release: Reading, stable: Reading): Minute => ({ release, stable });
const badChecks = (minutes: readonly Minute[], given = limits) =>
  judge(minutes, given)
    .checks.filter(({ verdict }) => verdict === 'bad')
    .map(({ metric, against }) => `${metric} against ${against}`);

describe('a verdict on a release', () => {
  it('is unclear without traffic, and with a little', () => {
    expect(judge([], limits).verdict).toBe('unclear');
    expect(judge([minute(reading(20, 0), reading(180, 0))], limits).verdict).toBe('unclear');
  });

  it('is good after enough requests like those of the live release', () => {
    expect(judge([minute(reading(600, 1), reading(5400, 9))], limits).verdict).toBe('good');
  });

  it('is bad when 3 percent of its requests fail, and none of the live release', () => {
    expect(badChecks([minute(reading(300, 9), reading(2700, 0))])).toContain('errors against stable');
  });

  it('is bad when its requests became slow', () => {
    const bad = badChecks([minute(reading(300, 0, 60), reading(2700, 0))]);
    expect(bad).toEqual(['latency against stable', 'latency against limit']);
  });

  it('blames no release for a fault that both releases have', () => {
    const outage = [minute(reading(300, 120), reading(2700, 1080)), minute(reading(300, 100), reading(2700, 950))];
    expect(badChecks(outage)).toEqual([]);
  });

  it('sees through an outage of both releases that one of them is worse', () => {
    expect(badChecks([minute(reading(300, 200), reading(2700, 600))])).toContain('errors against stable');
  });

  it('does not call a release bad that is worse by less than anybody notices', () => {
    const million = minute(reading(1_000_000, 1500), reading(1_000_000, 500));
    expect(judge([million], limits).verdict).toBe('good');
  });

  it('judges only by the limits if no other release serves', () => {
    expect(badChecks([minute(reading(1000, 40), NOTHING)])).toEqual(['errors against limit']);
    expect(badChecks([minute(reading(1000, 40), NOTHING)], { ...limits, maxErrorPercent: 5 })).toEqual([]);
  });

  it('is the same for any order of the minutes, and a minute without traffic changes nothing', () => {
    const readings = fc
      .record({ requests: fc.nat({ max: 500 }), errors: fc.nat({ max: 40 }), slow: fc.nat({ max: 40 }) })
      .map(({ requests, errors, slow }) => reading(requests, errors, Math.min(slow, requests)));
    const minutes = fc.array(fc.tuple(readings, readings).map(([release, stable]) => minute(release, stable)));
    fc.assert(
      fc.property(minutes, (seen) => {
        const verdict = judge(seen, limits).verdict;
        expect(judge(seen.toReversed(), limits).verdict).toBe(verdict);
        expect(judge([...seen, minute(NOTHING, NOTHING)], limits).verdict).toBe(verdict);
      }),
    );
  });

  it('describes its result in a sentence', () => {
    const [errors] = judge([minute(reading(300, 9), reading(2700, 3))], limits).checks;
    expect(errors && sentenceOf(errors)).toBe(
      '3.0 % of its 300 requests failed, against 0.1 % of 2700 requests to the live release.',
    );
  });
});
