import { DeploymentPlan } from '@gantry/contract/schemas/plan.ts';
import { Health } from '@gantry/contract/schemas/services.ts';
import { Sha256 } from '@gantry/contract/schemas/source.ts';
import * as z from 'zod';

/** Where the image of a build comes from: an archive of source that is built, or an image of another registry that is copied. */
export const BuildSource = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('archive'),
    /** A gzipped tar: `s3://<bucket>/<key>`. */
    uri: z.string().regex(/^s3:\/\/[^/]+\/.+$/),
    /** Its SHA-256 in hexadecimal digits, which the builder holds it against; null for a deployment from before it was recorded. */
    sha256: Sha256.nullable(),
    /** The app's folder below the source's; empty for all of it. */
    rootFolder: z.string().max(512),
  }),
  z.strictObject({ kind: z.literal('image'), reference: z.string().min(1).max(300) }),
]);
export type BuildSource = z.infer<typeof BuildSource>;

/** What the platform has a build do. The builder claims it once, with a ticket, before it touches anything that a user wrote. */
export const BuildOrder = z.strictObject({
  source: BuildSource,
  /** The name and the kind of the service, which choose its line of a `Procfile`. */
  service: z.strictObject({ name: z.string(), kind: z.string() }),
  /** In place of the detected commands; null for those. */
  installCommand: z.string().nullable(),
  buildCommand: z.string().nullable(),
  /** `<registry host>/<repository>`: where the image is pushed to, by digest. */
  repositoryUri: z.string(),
  /** The mutable repository of BuildKit's cache. */
  cacheRepositoryUri: z.string(),
  /** The environment of the app's own commands. */
  variables: z.record(z.string(), z.string()),
  /** What is masked wherever it is printed: the values of sealed variables among these, and the sealed values that they are made of. */
  secrets: z.array(z.string()),
  /** Short-lived, and good for nothing but this service's archive, repository and cache. */
  credentials: z.strictObject({ accessKeyId: z.string(), secretAccessKey: z.string(), sessionToken: z.string() }),
  /** Whether sources on private, link-local and loopback addresses are taken: on one machine alone. */
  privateSources: z.boolean(),
});
export type BuildOrder = z.infer<typeof BuildOrder>;

/**
 * What a build claims its order with: its deployment, the secret of a ticket that counts once, and CodeBuild's id of it, by which a claim is answered
 * again where the answer was lost or the build is begun again.
 */
export const BuildClaim = z.strictObject({
  deploymentId: z.string(),
  ticket: z.string().max(200),
  claimant: z.string().min(1).max(200),
});
export type BuildClaim = z.infer<typeof BuildClaim>;

/**
 * What a build tells of its plan: what is shown of it, and the settings that the source gives where the service has none. Text of whoever wrote the
 * source, within the bounds of this schema.
 */
export const BuildReport = z.strictObject({
  plan: DeploymentPlan,
  releaseCommand: z.string().min(1).max(4096).optional(),
  port: z.int().min(1024).max(65_535).optional(),
  healthPath: Health.shape.path.unwrap().optional(),
});
export type BuildReport = z.infer<typeof BuildReport>;

/** What pushing an image, and reusing the layers that are there already, calls for: of a build's role at the most, and of its session for one service. */
export const imageActions = [
  'ecr:BatchCheckLayerAvailability',
  'ecr:BatchGetImage',
  'ecr:CompleteLayerUpload',
  'ecr:GetDownloadUrlForLayer',
  'ecr:InitiateLayerUpload',
  'ecr:PutImage',
  'ecr:UploadLayerPart',
] as const;
