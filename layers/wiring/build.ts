import { DeploymentPlan } from '@gantry/contract/schemas/plan.ts';
import { Health, ReleaseSettings, Schedule, TimeZone } from '@gantry/contract/schemas/services.ts';
import { Sha256, WatchPath } from '@gantry/contract/schemas/source.ts';
import * as z from 'zod';

/** The origin of a build's image: an archive of source to build, or an image of another registry to copy. */
export const BuildSource = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('archive'),
    /** A gzipped tar: `s3://<bucket>/<key>`. */
    uri: z.string().regex(/^s3:\/\/[^/]+\/.+$/),
    /** Its SHA-256 in hexadecimal digits, which the builder checks; null for an older deployment. */
    sha256: Sha256.nullable(),
    /** The app's folder below the source's; empty for the whole source. */
    rootFolder: z.string().max(512),
  }),
  z.strictObject({ kind: z.literal('image'), reference: z.string().min(1).max(300) }),
]);
export type BuildSource = z.infer<typeof BuildSource>;

/** The order of a build. The builder claims it once, with a ticket, before it reads anything that a user wrote. */
export const BuildOrder = z.strictObject({
  source: BuildSource,
  /** The name and the kind of the service; they select its line of a `Procfile`. */
  service: z.strictObject({ name: z.string(), kind: z.string() }),
  /** Replace the detected commands; null for the detected ones. */
  installCommand: z.string().nullable(),
  buildCommand: z.string().nullable(),
  /** `<registry host>/<repository>`: the target of the push, by digest. */
  repositoryUri: z.string(),
  /** The mutable repository of BuildKit's cache. */
  cacheRepositoryUri: z.string(),
  /** The environment of the app's own commands. */
  variables: z.record(z.string(), z.string()),
  /** The values to mask in all output: those of sealed variables, and the sealed values inside them. */
  secrets: z.array(z.string()),
  /** Short-lived credentials for this service's archive, repository and cache only. */
  credentials: z.strictObject({ accessKeyId: z.string(), secretAccessKey: z.string(), sessionToken: z.string() }),
  /** Whether private, link-local and loopback addresses are allowed for sources: only on one machine. */
  privateSources: z.boolean(),
});
export type BuildOrder = z.infer<typeof BuildOrder>;

/**
 * The claim of a build: its deployment, the secret of its one-time ticket, and its id in CodeBuild. A claim with the same id is answered again,
 * because the answer may be lost and a build may start again.
 */
export const BuildClaim = z.strictObject({
  deploymentId: z.string(),
  ticket: z.string().max(200),
  claimant: z.string().min(1).max(200),
});
export type BuildClaim = z.infer<typeof BuildClaim>;

/**
 * A build's report of its plan: the shown parts, and the source's settings for those that the service lacks. The source's author controls the text,
 * so this schema bounds it.
 */
export const BuildReport = z.strictObject({
  plan: DeploymentPlan,
  releaseCommand: z.string().min(1).max(4096).optional(),
  /** How long a statement of a rehearsal may take, in seconds; without it there is none. */
  rehearseSeconds: ReleaseSettings.shape.rehearseSeconds.unwrap().optional(),
  port: z.int().min(1024).max(65_535).optional(),
  healthPath: Health.shape.path.unwrap().optional(),
  watchPaths: z.array(WatchPath).max(20).optional(),
  schedule: Schedule.optional(),
  timezone: TimeZone.optional(),
});
export type BuildReport = z.infer<typeof BuildReport>;

/** Actions for pushing an image and reusing existing layers: the most that a build's role has, and its session for one service. */
export const imageActions = [
  'ecr:BatchCheckLayerAvailability',
  'ecr:BatchGetImage',
  'ecr:CompleteLayerUpload',
  'ecr:GetDownloadUrlForLayer',
  'ecr:InitiateLayerUpload',
  'ecr:PutImage',
  'ecr:UploadLayerPart',
] as const;
