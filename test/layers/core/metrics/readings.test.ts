import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pack, unpack } from '../../../../layers/core/metrics/packing.ts';
import { byRelease, minuteOf, type Reading, type Readings, together } from '../../../../layers/core/metrics/reading.ts';

const count = fc.nat({ max: 100_000 });
const reading: fc.Arbitrary<Reading> = fc.record({
  ...{ requests: count, errors: count, looks: fc.constantFrom(0, 1), cpu: count, memory: count },
  ...{ replicas: fc.nat({ max: 20 }), mostMemory: count, restarts: fc.nat({ max: 50 }) },
  times: fc
    .array(fc.tuple(fc.nat({ max: 353 }), fc.integer({ min: 1, max: 5000 })), { maxLength: 30 })
    .map((pairs) => new Map(pairs.sort(([a], [b]) => a - b))),
});
const readings: fc.Arbitrary<Readings> = fc
  .dictionary(fc.constantFrom('rel_01J8Z3N5W4Q8R7T6Y5X4W3V2T1', 'rel_01J8Z3N5W4Q8R7T6Y5X4W3V2T2'), reading)
  .map((found) => new Map(Object.entries(found)));

/** The stored readings after a collector has stored each of `seen` in turn. */
const storedAfter = (seen: readonly Readings[]) =>
  seen.reduce<Uint8Array | undefined>(
    (stored, each) => pack(minuteOf([...(stored === undefined ? [] : [unpack(stored)]), each])),
    undefined,
  );

describe('a minute', () => {
  it('is the same for any order and number of runs that see it', () => {
    const order = fc.array(fc.nat(), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(fc.array(readings, { minLength: 1, maxLength: 5 }), order, (seen, picks) => {
        const repeated = [...picks.map((pick) => seen[pick % seen.length] ?? new Map()), ...seen.toReversed()];
        expect(storedAfter(repeated)).toEqual(storedAfter(seen));
      }),
    );
  });

  it('counts nothing twice that the load balancer completed later', () => {
    const early = { requests: 10, errors: 1, times: new Map([[100, 10]]) };
    const late = { requests: 12, errors: 1, times: new Map([[100, 12]]) };
    const look = { looks: 1, cpu: 250, memory: 65_536, replicas: 1, mostMemory: 65_536, restarts: 0 };
    const none = { looks: 0, cpu: 0, memory: 0, replicas: 0, mostMemory: 0, restarts: 0 };
    const minute = minuteOf([new Map([['a', { ...early, ...look }]]), new Map([['a', { ...late, ...none }]])]);
    expect(minute.get('a')).toEqual({ ...late, ...look });
  });

  it('is stored without loss, in less than a kilobyte for two releases with all counts of a load balancer', () => {
    fc.assert(
      fc.property(readings, (minute) => {
        expect(unpack(pack(minute))).toEqual(new Map([...minute].sort(([a], [b]) => (a < b ? -1 : 1))));
      }),
    );
    const times = new Map(Array.from({ length: 97 }, (_, index) => [index * 3, 1000]));
    const full = {
      requests: 1e6,
      errors: 1e6,
      looks: 1,
      cpu: 8e4,
      memory: 1.6e8,
      replicas: 20,
      mostMemory: 1.6e8,
      restarts: 999,
      times,
    };
    const two = new Map(['A', 'B'].map((end) => [`rel_01J8Z3N5W4Q8R7T6Y5X4W3V2T${end}`, full]));
    expect(pack(two).length).toBeLessThan(900);
  });
});

describe('a roll-up', () => {
  it('has the sums of its minutes, in any order and by way of shorter roll-ups', () => {
    fc.assert(
      fc.property(fc.array(readings, { minLength: 1, maxLength: 12 }), fc.nat({ max: 12 }), (minutes, cut) => {
        const whole = byRelease(minutes, together);
        const parts = [minutes.slice(cut), minutes.slice(0, cut)].map((each) => byRelease(each, together));
        expect(unpack(pack(byRelease(parts, together)))).toEqual(unpack(pack(whole)));
        for (const [release, { requests }] of whole)
          expect(requests).toBe(minutes.reduce((sum, minute) => sum + (minute.get(release)?.requests ?? 0), 0));
      }),
    );
  });
});
