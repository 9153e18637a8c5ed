import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { MOST_POINTS, metricSteps, USUAL_POINTS } from '../metric-points.ts';
import { Instant } from './common.ts';

export const MetricsQuery = z.strictObject({
  from: Instant.optional().meta({ description: 'The beginning; default one hour before the end' }),
  to: Instant.optional().meta({ description: 'The end; default now' }),
  step: z
    .enum(metricSteps.map(String) as ['60', '300', '3600', '21600'])
    .optional()
    .meta({
      description: `The length of a point in seconds; by default the shortest that is available for the whole range and gives at most ${USUAL_POINTS} points. With a step the range has at most ${MOST_POINTS} points`,
      example: '60',
    }),
  release: idSchema('release').optional().meta({ description: 'Only this release' }),
});
export type MetricsQuery = z.infer<typeof MetricsQuery>;

const Milliseconds = z.number().nullable().meta({ description: 'Milliseconds, to 2 percent; null without requests' });

const traffic = {
  requests: z.int().meta({ description: 'Requests that the load balancer passed to the app', example: 1200 }),
  errors: z.int().meta({ description: 'Requests that the app answered with 5xx, or did not answer', example: 3 }),
  p50: Milliseconds,
  p95: Milliseconds,
  p99: Milliseconds,
};

const usage = {
  cpu: z.number().nullable().meta({ description: 'Processors, of all replicas together; null without a look at them' }),
  memory: z.number().nullable().meta({ description: 'Bytes, of all replicas together, on average' }),
  mostMemory: z.number().nullable().meta({ description: 'Bytes, of all replicas together, at the highest look' }),
  replicas: z.number().nullable().meta({ description: 'How many ran, on average' }),
  restarts: z.int().meta({ description: 'How often a replica was restarted since the point before', example: 0 }),
};

export const MetricValues = z.strictObject({ ...traffic, ...usage }).meta({ id: 'MetricValues' });
export type MetricValues = z.infer<typeof MetricValues>;

export const MetricPoint = z
  .strictObject({
    at: Instant.meta({ description: 'The beginning of the point' }),
    all: MetricValues,
    releases: z.array(z.strictObject({ releaseId: idSchema('release'), ...MetricValues.shape })),
  })
  .meta({ id: 'MetricPoint' });
export type MetricPoint = z.infer<typeof MetricPoint>;

export const Metrics = z
  .strictObject({
    from: Instant,
    to: Instant,
    step: z.int().meta({ description: 'The length of a point in seconds', example: 60 }),
    trafficDelaySeconds: z.int().meta({
      description:
        'How long after the end of a minute its requests, errors and latency may appear: until then they may show as none. Computed, not measured',
      example: 420,
    }),
    total: z.strictObject(traffic).meta({ id: 'MetricTotal', description: 'Over the whole range' }),
    points: z.array(MetricPoint).meta({ description: 'Oldest first; a point without data is left out' }),
  })
  .meta({ id: 'Metrics' });
export type Metrics = z.infer<typeof Metrics>;
