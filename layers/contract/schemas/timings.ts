import * as z from 'zod';
import { stepNames } from '../enums.ts';

/** The longest window, in days. A longer one would need more reads than one answer should wait for. */
const MAX_DAYS = 90;
export const DEFAULT_DAYS = 30;

export const TimingsQuery = z.strictObject({
  days: z
    .string()
    .regex(/^(?:[1-9]|[1-8]\d|90)$/, `must be a number from 1 to ${MAX_DAYS}`)
    .meta({ description: `The number of days, in UTC and with today; default ${DEFAULT_DAYS}`, example: '30' })
    .optional(),
});
export type TimingsQuery = z.infer<typeof TimingsQuery>;

const Day = z.iso.date().meta({ description: 'A day in UTC', example: '2026-11-20' });
const Count = z.int().min(0);
const Milliseconds = z.int().min(0).nullable();

export const Distribution = z
  .strictObject({
    count: Count.meta({ example: 48 }),
    p50Ms: Milliseconds.meta({ description: 'Half took no longer', example: 21_000 }),
    p90Ms: Milliseconds.meta({ description: 'Nine of ten took no longer', example: 38_000 }),
    p99Ms: Milliseconds.meta({ description: '99 of 100 took no longer', example: 74_000 }),
    maxMs: Milliseconds.meta({ description: 'None took longer', example: 81_000 }),
  })
  .meta({
    id: 'Distribution',
    description:
      'How long something took, in milliseconds; null where there was nothing. Durations are rounded up to their first two digits: each figure is exact up to 100 ms and at most 10 % too high above',
  });
export type Distribution = z.infer<typeof Distribution>;

/** Results of deployments that are counted. */
export const ends = ['live', 'failed', 'superseded', 'cancelled'] as const;
export type End = (typeof ends)[number];

export const Timings = z
  .strictObject({
    from: Day,
    to: Day,
    ended: z.strictObject({ live: Count, failed: Count, superseded: Count, cancelled: Count }).meta({
      description: 'How many runs ended so: a redrive is another run',
      example: { live: 48, failed: 3, superseded: 5, cancelled: 1 },
    }),
    total: Distribution.meta({ description: 'From queued to live, of the runs that became live' }),
    platform: Distribution.meta({
      description:
        'The total without the time of the app and without requested waits: the steps build, release-command and verify (until the app answers), and baking between two weights',
    }),
    steps: z
      .array(z.strictObject({ name: z.enum(stepNames), ...Distribution.shape }).meta({ id: 'StepTimings' }))
      .meta({ description: 'Each step that was run, from its first attempt to the begin of the next step, in order' }),
  })
  .meta({ id: 'Timings' });
export type Timings = z.infer<typeof Timings>;
