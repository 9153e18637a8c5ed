import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  added,
  bucketOf,
  countOf,
  fromQuantiles,
  quantile,
  timeOf,
} from '../../../../layers/core/metrics/histogram.ts';

const times = fc.array(fc.double({ min: 0.2, max: 90_000, noNaN: true }), { minLength: 1, maxLength: 300 });
const histogramOf = (all: readonly number[]) => added(all.map((ms) => new Map([[bucketOf(ms), 1]])));
/** The nearest rank, as CloudWatch has percentiles. */
const exact = (all: readonly number[], share: number) =>
  all.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(share * all.length)) - 1] ?? 0;

describe('a histogram of latency', () => {
  it('knows each time, and each percentile, to 2 percent', () => {
    fc.assert(
      fc.property(times, fc.constantFrom(0.01, 0.5, 0.9, 0.95, 0.99, 1), (all, share) => {
        const found = quantile(histogramOf(all), share) ?? 0;
        expect(Math.abs(found / exact(all, share) - 1)).toBeLessThanOrEqual(0.02);
      }),
    );
  });

  it('is the same sum for any order and grouping of its parts', () => {
    fc.assert(
      fc.property(fc.array(times, { minLength: 1, maxLength: 6 }), fc.nat(), (parts, seed) => {
        const histograms = parts.map(histogramOf);
        const turned = [...histograms.slice(seed % parts.length), ...histograms.slice(0, seed % parts.length)];
        const nested = added([added(turned.slice(0, 2)), added(turned.slice(2))]);
        expect(new Map([...nested].sort())).toEqual(new Map([...histogramOf(parts.flat())].sort()));
      }),
    );
  });

  it('that is made of quantiles has all requests, and each of these quantiles to 2 percent', () => {
    const shares = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1];
    fc.assert(
      fc.property(times, (all) => {
        const made = fromQuantiles(
          all.length,
          shares.map((share) => ({ share, ms: exact(all, share) })),
        );
        expect(countOf(made)).toBe(all.length);
        for (const share of shares.slice(1))
          expect(Math.abs((quantile(made, share) ?? 0) / exact(all, share) - 1)).toBeLessThanOrEqual(0.02);
      }),
    );
  });

  it('holds times from a tenth of a millisecond to 100 seconds, and says nothing without any', () => {
    expect(bucketOf(0)).toBe(0);
    expect(timeOf(bucketOf(1e9))).toBeGreaterThan(95_000);
    expect(timeOf(bucketOf(1e9))).toBeLessThan(105_000);
    expect(quantile(new Map(), 0.5)).toBeUndefined();
    expect(fromQuantiles(0, [])).toEqual(new Map());
  });
});
