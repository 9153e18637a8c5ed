import * as z from 'zod';
import { type ErrorKind, errorKinds } from '../errors.ts';
import { idSchema } from '../ids.ts';
import { Instant } from './common.ts';

/** Where a client puts the source: one PUT of a gzipped tar to `url`, with `headers`, before `expiresAt`. */
export const Upload = z
  .strictObject({
    id: idSchema('upload'),
    url: z.url(),
    method: z.literal('PUT'),
    headers: z.record(z.string(), z.string()),
    maxBytes: z.int(),
    expiresAt: Instant,
  })
  .meta({ id: 'Upload' });
export type Upload = z.infer<typeof Upload>;

export const deploymentStatuses = [
  'queued',
  'building',
  'deploying',
  'live',
  'failed',
  'superseded',
  'cancelled',
  'removed',
  'rolled_back',
] as const;
export type DeploymentStatus = (typeof deploymentStatuses)[number];

export const stepNames = ['prepare', 'build', 'rollout', 'verify', 'shift', 'finish', 'revert'] as const;
export type StepName = (typeof stepNames)[number];

export const Step = z
  .strictObject({
    name: z.enum(stepNames),
    status: z.enum(['running', 'succeeded', 'failed']),
    startedAt: Instant,
    endedAt: Instant.nullable(),
  })
  .meta({ id: 'Step' });
export type Step = z.infer<typeof Step>;

/** Why a deployment ended as it did: a sentence to act on and the last lines of output. */
export const Reason = z
  .strictObject({
    kind: z.enum(Object.keys(errorKinds) as [ErrorKind, ...ErrorKind[]]),
    step: z.enum(stepNames),
    detail: z.string(),
    lines: z.array(z.string()),
  })
  .meta({ id: 'Reason' });
export type Reason = z.infer<typeof Reason>;

export const DeploymentSource = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('upload'), uploadId: idSchema('upload') }),
    z.strictObject({ kind: z.literal('release'), releaseId: idSchema('release') }),
  ])
  .meta({ id: 'DeploymentSource' });
export type DeploymentSource = z.infer<typeof DeploymentSource>;

export const Deployment = z
  .strictObject({
    id: idSchema('deployment'),
    teamId: idSchema('team'),
    projectId: idSchema('project'),
    environmentId: idSchema('environment'),
    serviceId: idSchema('service'),
    source: DeploymentSource,
    status: z.enum(deploymentStatuses),
    steps: z.array(Step),
    reason: Reason.nullable(),
    releaseId: idSchema('release').nullable().meta({ description: 'What it serves once it is live' }),
    imageDigest: z.string().nullable(),
    url: z.string().nullable(),
    createdBy: idSchema('user'),
    createdAt: Instant,
    finishedAt: Instant.nullable(),
    version: z.int().meta({ description: 'Rises by one with each change: drop what is older than what you know' }),
  })
  .meta({ id: 'Deployment' });
export type Deployment = z.infer<typeof Deployment>;

export const NewDeployment = z.strictObject({ uploadId: idSchema('upload') }).meta({ id: 'NewDeployment' });
export type NewDeployment = z.infer<typeof NewDeployment>;

export const Rollback = z
  .strictObject({
    deploymentId: idSchema('deployment')
      .optional()
      .meta({ description: 'Whose release to return to; the one before where absent' }),
  })
  .meta({ id: 'Rollback' });
export type Rollback = z.infer<typeof Rollback>;
