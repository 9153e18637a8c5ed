import { describe, expect, it } from '@jest/globals';
import { priceOf } from '../../infra/cost/model.ts';
import { interleaved, quantile, tableOf, verdictOf } from './figures.ts';
import { counted } from './platform.ts';

describe('the benchmark', () => {
  it('says whether a figure meets its aim, and says nothing of a figure without one', () => {
    const figure = { name: 'rollback', value: 0.9, unit: 's' };
    expect(verdictOf({ ...figure, aim: 1 })).toBe('met');
    expect(verdictOf({ ...figure, value: 1.1, aim: 1 })).toBe('missed');
    expect(verdictOf(figure)).toBe('');
    const against = { times: 2, to: 'the boot', aim: 4 };
    expect(verdictOf({ ...figure, ratio: against })).toBe('met');
    expect(verdictOf({ ...figure, ratio: { ...against, times: 4.1 } })).toBe('missed');
    expect(verdictOf({ ...figure, aim: 0.5, ratio: against })).toBe('missed');
    expect(verdictOf({ ...figure, least: 1 })).toBe('missed');
    expect(verdictOf({ ...figure, least: 0.9 })).toBe('met');
  });

  it('computes quantiles from measured values in any order', () => {
    const values = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect([quantile(values, 0), quantile(values, 0.5), quantile(values, 0.99), quantile(values, 1)]).toEqual([
      1, 100, 198, 200,
    ]);
    expect(() => quantile([], 0.5)).toThrow('no values');
  });

  it('alternates the compared operations, starts with each equally often, and discards the warm-up', async () => {
    let order = '';
    const work = (name: string) => async () => {
      order += name;
    };
    const [a, b] = await interleaved(4, 2, work('a'), work('b'));
    expect(order).toBe('abbaabbaabba');
    expect([a.length, b.length]).toEqual([4, 4]);
  });

  it('compares a ratio from the same run with its aim', () => {
    const table = tableOf([{ name: 'GET', value: 4, unit: 'ms', aim: 5, ratio: { times: 2, to: 'the bare calls' } }]);
    expect(table).toBe('GET  4  ms  2.00 × the bare calls, aim ≤ 5  met');
    const rate = { name: 'lines', value: 9, unit: 'a second', least: 10, ratio: { times: 2, to: 'one', aim: 3 } };
    expect(tableOf([rate])).toBe('lines  9  a second  2.00 × one, aim ≤ 3 ×, aim ≥ 10  missed');
  });

  it('prices each counted unit, and refuses a unit without a price', () => {
    const units = counted({ 'dynamodb.wru': 5, 'sqs.requests': 2 }, { 'dynamodb.wru': 7, 'sqs.requests': 2 });
    expect(units).toEqual({ 'dynamodb.wru': 2 });
    expect(priceOf(units) * 1_000_000).toBeCloseTo(1.25);
    expect(() => priceOf({ 'scans.images': 1 })).toThrow('scans.images');
  });
});
