import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { Instant } from './common.ts';

export const healthStates = ['healthy', 'starting', 'degraded', 'crashing', 'stopped', 'unknown'] as const;
export const HealthState = z.enum(healthStates).meta({
  id: 'HealthState',
  description:
    'healthy: all replicas are ready; starting: they start for the first time; degraded: some replicas are not ready, or the last run of a cron service failed; crashing: a replica exits again and again; stopped: no replica is wanted; unknown: the cluster has not reported yet',
});
export type HealthState = z.infer<typeof HealthState>;

const exitReasons = ['exited', 'out-of-memory', 'killed', 'not-started'] as const;

/** The last exit of a replica. */
export const Exit = z
  .strictObject({
    replica: z.string().meta({ description: 'As `source` of its log lines', example: 'rel-01j8z3n5w4-x7k2p' }),
    code: z.int().meta({ description: 'After a signal: 128 and its number', example: 1 }),
    reason: z.enum(exitReasons).meta({
      description:
        'exited: by itself; out-of-memory: it used more than its size allows; killed: by a signal; not-started: its command could not be run',
    }),
    at: Instant,
  })
  .meta({ id: 'Exit' });
export type Exit = z.infer<typeof Exit>;

/** The health of a service in an environment, while its release is live. */
export const InstanceHealth = z
  .strictObject({
    id: idSchema('health'),
    teamId: idSchema('team'),
    projectId: idSchema('project'),
    environmentId: idSchema('environment'),
    serviceId: idSchema('service'),
    liveDeploymentId: idSchema('deployment').nullable().meta({ description: 'Null where nothing is live yet' }),
    liveReleaseId: idSchema('release').nullable(),
    state: HealthState,
    since: Instant.meta({ description: 'Since when' }),
    detail: z.string().nullable().meta({
      description: 'What happened and what to do; null while nothing is wrong',
      example: 'The app exits again and again, last with code 1.',
    }),
    stopped: z
      .strictObject({ at: Instant, by: idSchema('user') })
      .nullable()
      .default(null)
      .meta({ description: 'When somebody stopped the service, and who; null while it runs' }),
    running: z.int().meta({ description: 'How many replicas are ready', example: 1 }),
    wanted: z.int().meta({ description: 'How many replicas are wanted; 0 for a cron service', example: 2 }),
    restarts: z.int().meta({ description: 'How often the running replicas have restarted', example: 0 }),
    lastExit: Exit.nullable(),
    lines: z.array(z.string()).meta({ description: 'The last lines of a replica before its exit, at most 20' }),
    lastRun: z
      .strictObject({ startedAt: Instant, endedAt: Instant.nullable(), succeeded: z.boolean().nullable() })
      .nullable()
      .meta({ description: 'The newest run of a cron service; null for the others, and before the first' }),
    version: z.int().meta({
      description:
        'Rises by one with each change: ignore older versions than the one you know; 0 before the first check',
    }),
  })
  .meta({ id: 'InstanceHealth' });
export type InstanceHealth = z.infer<typeof InstanceHealth>;
