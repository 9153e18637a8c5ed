import * as z from 'zod';
import { alertMetrics, alertStates, missingDataRules } from '../enums.ts';
import { idSchema } from '../ids.ts';
import { DisplayName, Instant } from './common.ts';

export const AlertMetric = z.enum(alertMetrics).meta({
  id: 'AlertMetric',
  description:
    'error-rate: percent of the requests; p95: milliseconds; cpu: processors of all replicas; memory: MB of all replicas; restarts: how many in the window; uptime: percent of the checks that failed',
});

export const AlertState = z.enum(alertStates).meta({
  id: 'AlertState',
  description: 'silenced: the value is above the threshold, and a silence holds notifications back',
});
export type AlertState = z.infer<typeof AlertState>;

const Minutes = z.int().min(1).max(60);

const rule = {
  name: DisplayName.meta({ example: 'Too many errors' }),
  metric: AlertMetric,
  threshold: z
    .number()
    .min(0)
    .max(1e12)
    .meta({ description: 'The alert fires while the value is above this, in the unit of the metric', example: 5 }),
};

const tuning = {
  windowMinutes: Minutes.meta({ description: 'The value is that of so many minutes together; default 5', example: 5 }),
  clearThreshold: z.number().min(0).max(1e12).meta({
    description: 'The value counts as well only at or below this; default the threshold, and never above it',
    example: 4,
  }),
  calmMinutes: Minutes.meta({
    description: 'The alert resolves after so many minutes in a row at or below clearThreshold; default 5',
    example: 5,
  }),
  missingData: z.enum(missingDataRules).meta({
    description: 'What a window without data counts as: well, as before, or above the threshold; default ok',
  }),
};

const optionalTuning = z.strictObject(tuning).partial().shape;

/** A request that Gantry sends once a minute, from outside of the cluster, and the answer that it expects. */
export const UptimeCheck = z
  .strictObject({
    url: z
      .url()
      .max(2048)
      .meta({ description: 'https://…, on the public internet', example: 'https://shop.example.com/' }),
    method: z.enum(['GET', 'HEAD']),
    status: z.int().min(100).max(599).meta({ description: 'Of the answer after redirects', example: 200 }),
    text: z.string().min(1).max(200).nullable().meta({
      description: 'A text that the first 64 KB of the answer contain; null for any',
      example: null,
    }),
    certificateDays: z.int().min(0).max(90).meta({
      description: 'The check fails when the certificate is valid for fewer days; 0 for an expired one only',
      example: 14,
    }),
  })
  .meta({ id: 'UptimeCheck' });
export type UptimeCheck = z.infer<typeof UptimeCheck>;

const NewCheck = z.strictObject({ url: UptimeCheck.shape.url, ...UptimeCheck.omit({ url: true }).partial().shape });

/** A rule on a metric of a service in an environment, with its state. */
export const Alert = z
  .strictObject({
    id: idSchema('alert'),
    projectId: idSchema('project'),
    environmentId: idSchema('environment'),
    serviceId: idSchema('service'),
    ...rule,
    ...tuning,
    check: UptimeCheck.nullable().meta({ description: 'For metric uptime; null for others', example: null }),
    state: AlertState,
    since: Instant.meta({ description: 'When the state began' }),
    value: z.number().nullable().meta({ description: 'The value at the last change of the state', example: 12.5 }),
    detail: z.string().nullable().meta({ description: 'Why the last check failed', example: null }),
    silencedUntil: Instant.nullable().meta({ description: 'When the present silence ends; null without one' }),
    createdAt: Instant,
    version: z.int(),
  })
  .meta({ id: 'Alert' });
export type Alert = z.infer<typeof Alert>;

export const NewAlert = z
  .strictObject({
    environmentId: idSchema('environment'),
    serviceId: idSchema('service'),
    ...rule,
    ...optionalTuning,
    check: NewCheck.optional().meta({
      description: 'For metric uptime only. Defaults: GET, status 200, any text, 14 days',
    }),
  })
  .meta({
    id: 'NewAlert',
    example: {
      environmentId: 'env_01J8Z3N5W4Q8R7T6Y5X4W3V2T1',
      serviceId: 'svc_01J8Z3N5W4Q8R7T6Y5X4W3V2T1',
      name: 'Too many errors',
      metric: 'error-rate',
      threshold: 5,
      windowMinutes: 5,
    },
  });
export type NewAlert = z.infer<typeof NewAlert>;

export const AlertChange = z
  .strictObject({
    ...z.strictObject(rule).omit({ metric: true }).partial().shape,
    ...optionalTuning,
    check: NewCheck.optional(),
  })
  .meta({ id: 'AlertChange', example: { name: 'Too many errors', threshold: 10 } });
export type AlertChange = z.infer<typeof AlertChange>;

export const Silence = z
  .strictObject({
    until: Instant.nullable().meta({
      description: 'When the silence ends, at most 30 days ahead; null ends it now',
      example: null,
    }),
  })
  .meta({ id: 'Silence' });
export type Silence = z.infer<typeof Silence>;

/** One change of an alert's state. */
export const AlertStateChange = z
  .strictObject({
    at: Instant.meta({ description: 'The end of the minute that changed the state' }),
    from: AlertState,
    to: AlertState,
    value: z.number().nullable().meta({ description: 'Null without data', example: 12.5 }),
  })
  .meta({ id: 'AlertStateChange' });
export type AlertStateChange = z.infer<typeof AlertStateChange>;
