import * as z from 'zod';
import { deploymentStatuses, stepNames } from '../enums.ts';
import { type ErrorKind, errorKinds } from '../errors.ts';
import { idSchema } from '../ids.ts';
import { TraceId } from '../trace.ts';
import { Analysis } from './analysis.ts';
import { Instant } from './common.ts';
import { Health, ReleaseSettings, RuntimeSettings, Scaling, ServiceKind } from './services.ts';
import { Branch, Commit, CommitId, ImageReference, RepositoryId, RepositoryName } from './source.ts';

export type DeploymentStatus = (typeof deploymentStatuses)[number];

export type StepName = (typeof stepNames)[number];

export const Step = z
  .strictObject({
    name: z.enum(stepNames),
    run: z.int().meta({ description: 'The run of the deployment: 1, plus one for each redrive', example: 1 }),
    status: z.enum(['running', 'succeeded', 'failed']),
    attempts: z.int().meta({ description: 'The number of attempts: a passing failure is tried again', example: 1 }),
    startedAt: Instant,
    endedAt: Instant.nullable(),
    reason: z.string().nullable().meta({ description: 'Why it failed', example: 'The app does not listen on $PORT.' }),
  })
  .meta({ id: 'Step' });
export type Step = z.infer<typeof Step>;

/** The reason of a deployment's end: a sentence with advice, and the last lines of output. */
export const Reason = z
  .strictObject({
    kind: z.enum(Object.keys(errorKinds) as [ErrorKind, ...ErrorKind[]]),
    step: z.enum(stepNames),
    detail: z.string().meta({ example: 'The build failed: npm ci ended with code 1.' }),
    lines: z.array(z.string().meta({ example: 'npm error code ERESOLVE' })),
  })
  .meta({ id: 'Reason' });
export type Reason = z.infer<typeof Reason>;

const commit = Commit.nullable().meta({ description: "Null until the branch's newest commit is read" });

/** A database, and the one with its earlier data that takes its place. */
const Replacement = z
  .strictObject({
    databaseId: idSchema('database').meta({ description: 'The database that the release used' }),
    replacement: idSchema('database').meta({ description: 'A database that was restored from it' }),
  })
  .meta({ id: 'Replacement' });
export type Replacement = z.infer<typeof Replacement>;

/** A release uses at most four databases. */
const Replacements = z.array(Replacement).min(1).max(4);

export const DeploymentSource = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('upload'), uploadId: idSchema('upload') }),
    z.strictObject({
      kind: z.literal('github'),
      repository: RepositoryName,
      repositoryId: RepositoryId.optional(),
      branch: Branch,
      commit,
    }),
    z.strictObject({ kind: z.literal('git'), url: z.string(), branch: Branch, commit }),
    z.strictObject({ kind: z.literal('image'), reference: ImageReference }),
    z.strictObject({
      kind: z.literal('release'),
      releaseId: idSchema('release'),
      started: z.literal(true).optional().meta({ description: 'It starts the live release, which was stopped' }),
      data: Replacements.optional().meta({ description: 'The databases that a rollback with data exchanges' }),
    }),
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
    waitsFor: z.string().nullable().default(null).meta({
      description: 'Why the running step is still waiting, if known; a failure may follow',
      example: 'The app listens on 3456, not on PORT=8080.',
    }),
    canRollBack: z
      .boolean()
      .default(false)
      .meta({ description: 'Whether a rollback may return to its release: it was live, and is still kept' }),
    generation: z.int().meta({
      description:
        'Rises with each deployment, redrive and cancellation of the service in the environment: the cluster refuses writes of an older one',
    }),
    run: z.int().meta({ description: '1, plus one for each redrive' }),
    weight: z.int().min(0).max(100).meta({ description: "Its release's share of the traffic, in percent" }),
    bakedSeconds: z.int().meta({ description: 'How long this run had to bake with a part of the traffic', example: 0 }),
    analysis: Analysis.nullable().default(null).meta({
      description:
        'The verdict on its release by the traffic at the last look; null before the first look, and without shares',
    }),
    pausedAt: Instant.nullable().default(null).meta({
      description: 'Since when its release keeps the share that it has, because somebody paused it',
    }),
    promotedFrom: idSchema('deployment').nullable().default(null).meta({
      description: 'The deployment of another environment whose image it releases',
    }),
    releaseId: idSchema('release').nullable().meta({ description: 'What it serves once it is live' }),
    imageDigest: z
      .string()
      .nullable()
      .meta({ example: 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' }),
    url: z.string().nullable().meta({ example: 'https://web-production-shop.apps.example.com' }),
    dataAt: Instant.nullable().default(null).meta({
      description:
        'The last moment before its release command and its app could write to databases: a rollback with data returns there',
    }),
    traceId: TraceId.meta({
      description:
        'The trace of the request behind it: finds every log line of the platform about it, over all its runs',
    }),
    createdBy: idSchema('user').nullable().meta({ description: 'Null if a push or Gantry itself queued it' }),
    createdAt: Instant,
    queuedAt: Instant.meta({ description: 'When its newest run was queued' }),
    finishedAt: Instant.nullable(),
    version: z
      .int()
      .meta({ description: 'Rises by one with each change: ignore older versions than the one you know' }),
  })
  .meta({ id: 'Deployment' });
export type Deployment = z.infer<typeof Deployment>;

export const NewDeployment = z
  .strictObject({
    uploadId: idSchema('upload')
      .optional()
      .meta({ description: 'The archive to build, for a service whose source is an upload' }),
    commit: CommitId.optional().meta({
      description: "The commit to build, for a service that comes from a repository; default: the branch's newest",
    }),
  })
  .meta({ id: 'NewDeployment', example: { uploadId: 'upl_01J8Z3N5W4Q8R7T6Y5X4W3V2T1' } });
export type NewDeployment = z.infer<typeof NewDeployment>;

export const Rollback = z
  .strictObject({
    deploymentId: idSchema('deployment')
      .optional()
      .meta({ description: 'The deployment whose release to return to; default: the previous one' }),
    data: Replacements.optional().meta({
      description: 'Also restores the data: restored databases replace the databases that the release used',
    }),
  })
  .meta({ id: 'Rollback', example: { deploymentId: 'dpl_01J8Z3N5W4Q8R7T6Y5X4W3V2T1' } });
export type Rollback = z.infer<typeof Rollback>;

export const Promotion = z
  .strictObject({
    environmentId: idSchema('environment').meta({ description: 'The environment whose live image to release here' }),
    imageDigest: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/, 'must be a digest')
      .optional()
      .meta({ description: 'The digest that must be live there: another one is refused' }),
  })
  .meta({ id: 'Promotion', example: { environmentId: 'env_01J8Z3N5W4Q8R7T6Y5X4W3V2T1' } });
export type Promotion = z.infer<typeof Promotion>;

export const RestorePointQuery = z.strictObject({
  deploymentId: idSchema('deployment')
    .optional()
    .meta({ description: 'The deployment whose release to return to; default: the previous one' }),
});
export type RestorePointQuery = z.infer<typeof RestorePointQuery>;

/** The moment to which a rollback with data returns, and the databases that are restored to it. */
export const RestorePoint = z
  .strictObject({
    at: Instant.nullable().meta({
      description: 'Just before the next release could write; null if there is no such moment',
    }),
    reason: z.string().nullable().meta({ description: 'Why there is no such moment', example: null }),
    replacedBy: idSchema('deployment').nullable().meta({ description: 'The deployment that took over' }),
    databases: z.array(
      z.strictObject({ databaseId: idSchema('database'), slug: z.string().meta({ example: 'postgres' }) }),
    ),
  })
  .meta({ id: 'RestorePoint' });
export type RestorePoint = z.infer<typeof RestorePoint>;

/** The settings of a release, as recorded: later changes of the service do not affect it. */
export const Release = z
  .strictObject({
    id: idSchema('release'),
    deploymentId: idSchema('deployment').meta({ description: 'The deployment that made it' }),
    imageDigest: z
      .string()
      .meta({ example: 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' }),
    kind: ServiceKind,
    schedule: z.string().nullable().meta({ description: 'Of a cron service', example: '*/15 * * * *' }),
    timezone: z.string().nullable().meta({ description: 'Of a cron service', example: 'UTC' }),
    runtime: RuntimeSettings,
    release: ReleaseSettings,
    health: Health,
    scaling: Scaling,
    createdAt: Instant,
  })
  .meta({ id: 'Release' });
export type Release = z.infer<typeof Release>;
