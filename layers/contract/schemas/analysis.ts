import * as z from 'zod';
import { verdicts } from '../enums.ts';
import { Instant } from './common.ts';

const Counts = z
  .strictObject({
    requests: z.int().meta({ example: 312 }),
    bad: z.int().meta({ description: 'Requests that failed, or took too long', example: 13 }),
  })
  .meta({ id: 'RequestCounts' });

/** One test of a release. */
export const AnalysisCheck = z
  .strictObject({
    metric: z.enum(['errors', 'latency']),
    against: z
      .enum(['stable', 'limit'])
      .meta({ description: 'Whether the comparison is with the live release, or with a fixed limit' }),
    verdict: z.enum(verdicts),
    release: Counts,
    stable: Counts.nullable().meta({ description: 'In the same minutes; null for a fixed limit' }),
    limitPercent: z
      .number()
      .nullable()
      .meta({ description: 'The allowed percentage of bad requests, for a fixed limit', example: 1 }),
    slowAfterMs: z
      .number()
      .nullable()
      .meta({ description: 'For latency, the milliseconds after which a request counts as bad', example: 240 }),
    evidence: z.number().meta({
      description: 'How much more likely the counts are for a bad release than for a good one, as a natural logarithm',
      example: 1.4,
    }),
    needed: z.number().meta({ description: 'From this evidence on the release counts as bad', example: 5.3 }),
  })
  .meta({ id: 'AnalysisCheck' });
export type AnalysisCheck = z.infer<typeof AnalysisCheck>;

/** The verdict on a release by its traffic at the last look. */
export const Analysis = z
  .strictObject({
    verdict: z.enum(verdicts).meta({
      description: 'good, bad, or unclear: the traffic was not enough to tell',
    }),
    weight: z.int().meta({ description: "The release's share of the traffic then, in percent", example: 10 }),
    since: Instant.meta({ description: 'When the release got its first traffic' }),
    lookedAt: Instant,
    minutes: z.int().meta({ description: 'The number of whole minutes with data', example: 3 }),
    checks: z.array(AnalysisCheck),
  })
  .meta({ id: 'Analysis' });
export type Analysis = z.infer<typeof Analysis>;
