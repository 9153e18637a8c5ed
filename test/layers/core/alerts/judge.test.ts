import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { judge, type Rule, type Standing } from '../../../../layers/core/alerts/judge.ts';

const WELL: Standing = { state: 'ok', told: false };
const rule: Rule = { threshold: 5, clearThreshold: 3, calmMinutes: 2, missingData: 'keep' };

/** The states after each minute. */
function states(values: readonly (number | undefined)[], of: Rule = rule, isSilenced = (_: number) => false) {
  let standing = WELL;
  return values.map((_, minute) => {
    standing = judge(
      of,
      standing,
      values.slice(Math.max(0, minute + 1 - of.calmMinutes), minute + 1),
      isSilenced(minute),
    );
    return standing;
  });
}
const short = (values: readonly (number | undefined)[], of?: Rule) =>
  states(values, of)
    .map(({ state }) => state[0])
    .join('');

describe('an alert', () => {
  it('fires above the threshold, and resolves after the calm minutes at or below the lower one', () => {
    expect(short([5, 6, 4, 3, 4, 3, 3, 4, 6])).toBe('offfffoof');
  });

  it('treats a minute without data as its rule says', () => {
    const values = [6, undefined, undefined, undefined, 1, 1];
    expect(short(values)).toBe('fffffo');
    expect(short(values, { ...rule, missingData: 'ok' })).toBe('ffoooo');
    expect(short([1, undefined, 1, 1], { ...rule, missingData: 'firing' })).toBe('offo');
  });

  it('is silent while it is silenced, and tells then if it still fires', () => {
    const told = (until: number) => states([6, 6, 6, 6], rule, (minute) => minute < until);
    expect(told(2).map(({ state }) => state)).toEqual(['silenced', 'silenced', 'firing', 'firing']);
    expect(told(4).every((standing) => !standing.told)).toBe(true);
  });

  it('that was told and is silenced then still tells that it resolved', () => {
    const standings = states([6, 6, 1, 1], rule, (minute) => minute > 0);
    expect(standings.map(({ told }) => told)).toEqual([true, true, true, false]);
  });

  it('tells firing and resolved in turn, whatever comes, and a signal that flaps within the calm minutes tells once', () => {
    const value = fc.option(fc.nat({ max: 10 }), { nil: undefined });
    const rules = fc.record({
      ...{
        threshold: fc.nat({ max: 10 }),
        clearThreshold: fc.nat({ max: 10 }),
        calmMinutes: fc.integer({ min: 1, max: 5 }),
      },
      missingData: fc.constantFrom('ok' as const, 'keep' as const, 'firing' as const),
    });
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 40 }),
        rules,
        fc.array(fc.boolean(), { maxLength: 40 }),
        (values, given, silences) => {
          const of = { ...given, clearThreshold: Math.min(given.clearThreshold, given.threshold) };
          let before = WELL;
          for (const [minute, standing] of states(values, of, (at) => silences[at] === true).entries()) {
            const present = values[minute];
            if (present !== undefined && present > of.threshold) expect(standing.state).not.toBe('ok');
            if (standing.state === 'firing') expect(standing.told).toBe(true);
            if (standing.told && !before.told) expect(silences[minute]).not.toBe(true);
            if (before.told && !standing.told) expect(standing.state).toBe('ok');
            before = standing;
          }
        },
      ),
    );
    const flaps = Array.from({ length: 30 }, (_, minute) => (minute % 2 === 0 ? 9 : 0));
    expect(short(flaps)).toBe('f'.repeat(30));
  });
});
