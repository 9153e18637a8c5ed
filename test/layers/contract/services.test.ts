import { isDeepStrictEqual } from 'node:util';
import { readSchedule, readTimeZone } from '@gantry/contract/cron.ts';
import { NewService, Schedule } from '@gantry/contract/schemas/services.ts';
import { ServiceSource } from '@gantry/contract/schemas/source.ts';
import { newSettings } from '@gantry/core/projects/settings.ts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

const RANGES = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const;

/** A field of cron with numbers between `min` and `max`. */
function field(min: number, max: number) {
  const number = fc.integer({ min, max }).map(String);
  const range = fc
    .tuple(fc.integer({ min, max }), fc.integer({ min, max }))
    .map(([one, other]) => `${Math.min(one, other)}-${Math.max(one, other)}`);
  const step = fc.integer({ min: 1, max: max - min + 1 }).map((by) => `*/${by}`);
  return fc
    .array(fc.oneof(fc.constant('*'), number, range, step), { minLength: 1, maxLength: 10 })
    .map((all) => all.join());
}

describe('a schedule', () => {
  it('takes everything that cron takes in numbers, and its stored form means the same', () => {
    // Every month: the contract refuses a day that no month has.
    const fields = RANGES.map(([min, max], index) => (index === 3 ? fc.constant('*') : field(min, max)));
    const schedule = fc.tuple(...fields).map((all) => all.join(' '));
    fc.assert(
      fc.property(schedule, (text) => {
        const read = readSchedule(text);
        if ('problem' in read) return false;
        return (
          isDeepStrictEqual(readSchedule(read.schedule), read) &&
          Schedule.safeParse(text).success === text.length <= 100
        );
      }),
    );
  });

  it.each([
    ['0 9 * * MON-FRI', '0 9 * * 1-5'],
    ['0 0 1 JAN *', '0 0 1 1 *'],
    ['@daily', '0 0 * * *'],
    ['@hourly', '0 * * * *'],
    ['@Weekly', '0 0 * * 0'],
    ['0  3 * * *', '0 3 * * *'],
    [' 0 3 * * *', '0 3 * * *'],
    ['0 3 * * 7', '0 3 * * 0'],
    ['0 3 * * 5-7', '0 3 * * 0,5,6'],
    ['0 3 ? * sun', '0 3 * * 0'],
    ['0 0 29 2 *', '0 0 29 2 *'],
    ['0 0 31 2 MON', '0 0 31 2 1'],
  ])('A24: %j is stored as %j', (text, schedule) => {
    expect(readSchedule(text)).toEqual({ schedule });
  });

  it.each([
    ['0 0 31 2 *', 'is never due: no FEB has a day 31'],
    ['0 0 31 4,6 *', 'is never due: no APR, JUN has a day 31'],
    ['61 * * * *', 'has the minute "61": write 0 to 59'],
    ['0 0 L * *', 'has the day "L": write 1 to 31'],
    ['0 0 * FOO *', 'has the month "FOO": write 1 to 12 or JAN to DEC'],
    ['0 9 * * FRI-MON', 'has the weekday "FRI-MON", which must not run backwards'],
    [
      'CRON_TZ=Europe/Berlin 0 9 * * *',
      'must not begin with "CRON_TZ=Europe/Berlin": set the time zone as timezone (--timezone)',
    ],
    ['@every 5m', '"@every 5m" is not known'],
    ['0 0 0 * * *', 'has 6 fields, and needs five'],
  ])('A24: %j is refused, with the field and the value', (text, problem) => {
    expect(readSchedule(text)).toEqual({ problem: expect.stringContaining(problem) });
    expect(Schedule.safeParse(text).error?.issues[0]?.message).toContain(problem);
  });

  it.each([
    ['europe/berlin', 'Europe/Berlin'],
    ['UTC', 'UTC'],
    ['Mars/Olympus', undefined],
    ['Local', undefined],
    ['+02:00', undefined],
  ])('A24: is meant in time zone %j: %j', (name, found) => {
    expect(readTimeZone(name)).toBe(found);
  });

  it('refuses a number out of range', () => {
    const beyond = fc.integer({ min: 0, max: 4 }).chain((index) => {
      const [, max = 0] = RANGES[index] ?? [];
      return fc.integer({ min: max + 1, max: 99 }).map((number) => ['*', '*', '*', '*', '*'].with(index, `${number}`));
    });
    fc.assert(fc.property(beyond, (fields) => !Schedule.safeParse(fields.join(' ')).success));
  });

  it.each(['', '* * * *', '* * * * * *', '*/0 * * * *', '1, * * * *', '* * * * 1-2-3', '*/2/3 * * * *'])(
    'refuses %j',
    (text) => expect(Schedule.safeParse(text).success).toBe(false),
  );
});

describe('a source', () => {
  it.each([
    { kind: 'git', url: 'ssh://git.example.com/a.git', branch: 'main' },
    { kind: 'git', url: 'https://token@git.example.com/a.git', branch: 'main' },
    { kind: 'git', url: 'https://git.example.com/a.git', branch: '--upload-pack=x' },
    { kind: 'github', repository: '../../etc', branch: 'main', watchPaths: [] },
    { kind: 'github', repository: 'acme/shop', branch: 'a..b', watchPaths: [] },
    { kind: 'github', repository: 'acme/shop', branch: 'main', watchPaths: ['../etc'] },
    { kind: 'image', reference: 'shop:1 --privileged' },
    { kind: 'upload', url: 'https://example.com' },
  ])('is refused: %j', (source) => expect(ServiceSource.safeParse(source).success).toBe(false));

  it.each([
    { kind: 'git', url: 'https://git.example.com:8443/acme/shop.git', branch: 'release/1.x' },
    {
      kind: 'github',
      repository: 'acme/shop.js',
      branch: 'feature/a-b',
      watchPaths: ['apps/*/src/**', 'package.json'],
    },
    { kind: 'image', reference: `registry.example.com:5000/acme/shop:1.4@sha256:${'a'.repeat(64)}` },
    { kind: 'upload' },
  ])('is accepted: %j', (source) => expect(ServiceSource.parse(source)).toEqual(source));
});

describe('the settings of a new service', () => {
  it('are complete, whichever of them are given', () => {
    const body = fc.record(
      {
        rootFolder: fc.constantFrom('', 'apps/web'),
        runtime: fc.record({ port: fc.option(fc.integer({ min: 1024, max: 65_535 })) }, { requiredKeys: [] }),
        health: fc.record({ path: fc.option(fc.constant('/ok')) }, { requiredKeys: [] }),
        scaling: fc.record({ minReplicas: fc.integer({ min: 1, max: 20 }) }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(body, (given) => {
        const settings = newSettings(NewService.parse({ slug: 'web', ...given }));
        expect(settings).toMatchObject(given);
        expect(settings.scaling.maxReplicas).toBeGreaterThanOrEqual(settings.scaling.minReplicas);
        expect(Object.values(settings.health)).not.toContain(undefined);
      }),
    );
  });
});
