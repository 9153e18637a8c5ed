import * as z from 'zod';
import { readSchedule, readTimeZone } from '../cron.ts';
import { serviceKinds } from '../enums.ts';
import { idSchema } from '../ids.ts';
import { DisplayName, Instant, Lifecycle, Slug } from './common.ts';
import { ServiceSource } from './source.ts';

export const ServiceKind = z.enum(serviceKinds).meta({
  id: 'ServiceKind',
  description: 'web answers HTTP on $PORT; worker runs without a port; cron runs at times',
});

const Command = z
  .string()
  .min(1)
  .max(1000)
  .regex(/^[^\p{C}]+$/u, 'must be one line')
  .nullable();

export const BuildSettings = z
  .strictObject({
    installCommand: Command.meta({
      description: 'Replaces the detected one',
      example: 'npm ci',
    }),
    buildCommand: Command.meta({
      description: 'Replaces the detected one',
      example: 'npm run build',
    }),
  })
  .meta({ id: 'BuildSettings' });

export const RuntimeSettings = z
  .strictObject({
    startCommand: Command.meta({
      description: "Runs in a shell and replaces the image's own; from the next build on",
      example: 'node server.js',
    }),
    port: z
      .int()
      .min(1024)
      .max(65_535)
      .nullable()
      .meta({ description: 'The value of $PORT for the app, 8080 if null; from the next build on', example: 8080 }),
  })
  .meta({ id: 'RuntimeSettings' });

export const ReleaseSettings = z
  .strictObject({
    command: Command.meta({
      description:
        'Run once by a shell of the new image before it is started, for migrations; if it fails, the deployment fails',
      example: 'npm run migrate',
    }),
    rehearseSeconds: z.int().min(1).max(600).nullable().meta({
      description:
        'Runs the release command first on copies of the databases, and fails the deployment where it fails there, or where a statement or a transaction takes longer than so many seconds; null: as gantry.json says, else not',
      example: 10,
    }),
    commandTimeoutSeconds: z.int().min(5).max(600).meta({ description: 'How long the command may take', example: 300 }),
    weights: z
      .array(z.int().min(1).max(100))
      .min(1)
      .max(10)
      .refine((weights) => weights.at(-1) === 100 && weights.every((weight, at) => weight > (weights[at - 1] ?? 0)), {
        message: 'must rise and end with 100',
      })
      .meta({
        description:
          'The shares of the traffic, in percent, that a new web release gets one after the other: rising, the last one 100',
        example: [10, 25, 50, 100],
      }),
    bakeSeconds: z
      .int()
      .min(0)
      .max(3600)
      .meta({ description: 'How long each share but the last is watched before the next', example: 60 }),
    warmMinutes: z.int().min(0).max(1440).meta({
      description: 'How long the previous release stays started after a switch, ready for a rollback',
      example: 60,
    }),
    analysis: z.boolean().meta({
      description:
        'Whether the traffic of each share except the last is judged: a release that is worse than the live one loses its traffic again',
    }),
    maxErrorPercent: z
      .number()
      .min(0.01)
      .max(100)
      .nullable()
      .meta({ description: 'The percentage of requests that may fail; null for any', example: 1 }),
    maxP95Ms: z
      .int()
      .min(1)
      .max(60_000)
      .nullable()
      .meta({ description: 'The time within which 95 of 100 requests must be answered; null for any', example: 2000 }),
    patienceMinutes: z.int().min(0).max(120).meta({
      description: 'How long a share is watched beyond its bake time while its traffic is not enough for a verdict',
      example: 5,
    }),
    watchMinutes: z.int().min(0).max(60).meta({
      description:
        'How long the limits are watched after a release went live: when it breaks them, traffic returns to the release before',
      example: 15,
    }),
    whenUnclear: z.enum(['continue', 'stop']).meta({
      description: 'After that time: continue because the release is healthy, or stop the deployment',
    }),
  })
  .meta({ id: 'ReleaseSettings' });

export const Health = z
  .strictObject({
    path: z
      .string()
      .regex(/^\/[\w\-./~%]{0,200}$/, 'must be a path such as /healthz')
      .nullable()
      .meta({ description: 'Asked by HTTP; null means that an open port is enough', example: '/healthz' }),
    timeoutSeconds: z
      .int()
      .min(5)
      .max(540)
      .meta({ description: 'How long a new release may take to become healthy', example: 300 }),
  })
  .meta({ id: 'Health' });

export const Scaling = z
  .strictObject({
    minReplicas: z.int().min(1).max(20).meta({ description: 'How many run at least; from the next build on' }),
    maxReplicas: z
      .int()
      .min(1)
      .max(20)
      .meta({ description: 'How many run at most under load, not below minReplicas; from the next build on' }),
    size: z.enum(['small', 'medium', 'large']).meta({
      description:
        'Processor and memory of each: small 1 vCPU and 512 MiB, medium 2 and 2 GiB, large 4 and 8 GiB; from the next build on',
    }),
  })
  .meta({ id: 'Scaling' });

/** As people write it. It is stored and answered in the normal form of `readSchedule`. */
export const Schedule = z
  .string()
  .min(1)
  .max(100)
  .superRefine((text, { addIssue }) => {
    const read = readSchedule(text);
    if ('problem' in read) addIssue({ code: 'custom', message: read.problem });
  })
  .meta({
    id: 'Schedule',
    description:
      'When a cron service runs: five fields (minute, hour, day, month, weekday) with names such as MON-FRI, or @daily and similar',
    example: '*/15 * * * *',
  });

export const TimeZone = z
  .string()
  .max(64)
  .refine((name) => readTimeZone(name) !== undefined, 'must be a name of the IANA data base, such as Europe/Berlin')
  .meta({ id: 'TimeZone', description: 'The time zone of the schedule', example: 'Europe/Berlin' });

const RootFolder = z
  .string()
  .max(200)
  .regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[\w\-./]*$/, 'must be a relative folder inside the source')
  .meta({ description: 'The folder of the source that is built, relative; empty for all of it', example: 'web' });

export const Service = z
  .strictObject({
    id: idSchema('service'),
    projectId: idSchema('project'),
    slug: Slug,
    name: DisplayName,
    status: Lifecycle,
    kind: ServiceKind,
    schedule: z.string().nullable().meta({
      description: 'Of a cron service, as five fields of numbers; null if its source sets it, and for the others',
      example: '*/15 * * * *',
    }),
    timezone: z
      .string()
      .nullable()
      .default(null)
      .meta({ description: 'Of the schedule, UTC unless it says otherwise; null without one', example: 'UTC' }),
    source: ServiceSource,
    credential: z
      .strictObject({
        origin: z.string().meta({ example: 'https://git.example.com' }),
        username: z.string().meta({ example: 'deploy' }),
      })
      .nullable()
      .meta({ description: 'The credential for a git server; its token is never shown again' }),
    rootFolder: RootFolder,
    build: BuildSettings,
    runtime: RuntimeSettings,
    release: ReleaseSettings,
    health: Health,
    scaling: Scaling,
    createdAt: Instant,
    version: z.int(),
  })
  .meta({ id: 'Service' });
export type Service = z.infer<typeof Service>;

/** The changeable settings of a service. Within each group, missing settings stay as they are. */
export const ServiceChange = z
  .strictObject({
    name: DisplayName,
    schedule: Schedule.nullable().meta({ description: 'null leaves it to cron of gantry.json' }),
    timezone: TimeZone,
    source: ServiceSource,
    rootFolder: RootFolder,
    build: BuildSettings.partial(),
    runtime: RuntimeSettings.partial(),
    release: ReleaseSettings.partial(),
    health: Health.partial(),
    scaling: Scaling.partial(),
  })
  .partial()
  .meta({ id: 'ServiceChange', example: { name: 'Web shop', scaling: { minReplicas: 2 } } });
export type ServiceChange = z.infer<typeof ServiceChange>;

export const NewService = z
  .strictObject({
    slug: Slug.meta({ description: 'Part of addresses; it never changes' }),
    kind: ServiceKind.optional(),
    ...ServiceChange.shape,
  })
  .meta({
    id: 'NewService',
    example: { slug: 'shop', kind: 'web', source: { kind: 'upload' }, health: { path: '/healthz' } },
  });
export type NewService = z.infer<typeof NewService>;
