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
  const range = fc.tuple(number, number).map(([from, to]) => `${from}-${to}`);
  const step = fc.integer({ min: 1, max: 99 }).map((by) => `*/${by}`);
  return fc
    .array(fc.oneof(fc.constant('*'), number, range, step), { minLength: 1, maxLength: 10 })
    .map((all) => all.join());
}

describe('a schedule', () => {
  it('takes whatever cron does with numbers in their ranges', () => {
    const schedule = fc.tuple(...RANGES.map(([min, max]) => field(min, max))).map((fields) => fields.join(' '));
    fc.assert(fc.property(schedule, (text) => Schedule.safeParse(text).success === text.length <= 100));
  });

  it('refuses a number beyond the range of its field', () => {
    const beyond = fc.integer({ min: 0, max: 4 }).chain((index) => {
      const [, max = 0] = RANGES[index] ?? [];
      return fc.integer({ min: max + 1, max: 99 }).map((number) => ['*', '*', '*', '*', '*'].with(index, `${number}`));
    });
    fc.assert(fc.property(beyond, (fields) => !Schedule.safeParse(fields.join(' ')).success));
  });

  it.each(['', '* * * *', '* * * * * *', '@daily', '* * * * mon', '*/0 * * * *', '1, * * * *', ' * * * * *'])(
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
  ])('is refused as %j', (source) => expect(ServiceSource.safeParse(source).success).toBe(false));

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
  ])('is taken as %j', (source) => expect(ServiceSource.parse(source)).toEqual(source));
});

describe('the settings of a new service', () => {
  it('are whole, whichever of them are given', () => {
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
