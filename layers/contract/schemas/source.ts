import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { sourceLimits } from '../source-limits.ts';
import { Instant } from './common.ts';

/** https://git-scm.com/docs/git-check-ref-format */
export const Branch = z
  .string()
  .max(200)
  .regex(
    /^(?![-/.])(?!.*(?:\.\.|\/\/|\/\.|@\{|\.lock(?:\/|$)))[^\s\p{C}~^:?*[\\]+(?<![/.])$/u,
    'must be the name of a branch, without refs/heads/',
  )
  .meta({ example: 'main' });

/** A digest of a source archive. */
export const Sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 of 64 hexadecimal digits')
  .meta({ example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' });

export const CommitId = z
  .string()
  .regex(/^[0-9a-f]{40}$/, "must be a commit's full id of 40 hexadecimal digits")
  .meta({ example: '5b1b3f6f2c1f6f0c1d2e3a4b5c6d7e8f90a1b2c3' });

export const Commit = z
  .strictObject({
    id: CommitId,
    message: z.string().meta({ description: 'Its first line', example: 'Show the price with tax' }),
    author: z.string().meta({ example: 'Ada Lovelace' }),
  })
  .meta({ id: 'Commit' });
export type Commit = z.infer<typeof Commit>;

export const WatchPath = z
  .string()
  .max(200)
  .regex(
    /^(?!.*(?:^|[!/])\.\.(?:\/|$))(?=!?\/?[^/!])[^\p{C}]+$/u,
    'must be a pattern of paths in the repository, as in .gitignore',
  )
  .meta({ example: 'apps/shop/**' });

export const RepositoryName = z
  .string()
  .max(140)
  .regex(/^[A-Za-z0-9][A-Za-z0-9-]*\/[\w\-.]+$/, 'must be <owner>/<name>')
  .meta({ example: 'acme/shop' });

export const RepositoryId = z
  .string()
  .regex(/^\d{1,15}$/, "must be GitHub's number of a repository")
  .meta({ description: 'It stays when the repository is renamed or transferred', example: '1296269' });

const GithubSource = z.strictObject({
  kind: z.literal('github'),
  repository: RepositoryName,
  branch: Branch,
  watchPaths: z.array(WatchPath).max(20).meta({
    description:
      'Patterns as in .gitignore: in order, the last one that matches a path counts, `!` excludes. A push that touches no such path is ignored; empty for every push',
  }),
});

const GitSource = z.strictObject({
  kind: z.literal('git'),
  url: z
    .string()
    .max(500)
    .regex(
      /^https?:\/\/[A-Za-z0-9][\w\-.]*(?::\d{1,5})?\/[\w\-./~%]+$/,
      'must be an https:// address without a password; SSH is not supported',
    )
    .meta({ description: 'By https; on one machine by http too', example: 'https://git.example.com/acme/shop.git' }),
  branch: Branch,
});

export const ImageReference = z
  .string()
  .max(300)
  .regex(
    /^[a-z0-9][a-zA-Z0-9\-._/:]*(?:@sha256:[0-9a-f]{64})?$/,
    'must be an image such as registry.example.com/shop:1',
  )
  .meta({ example: 'ghcr.io/acme/shop:1.4' });

const ImageSource = z.strictObject({ kind: z.literal('image'), reference: ImageReference });

const UploadSource = z.strictObject({ kind: z.literal('upload') });

export const ServiceSource = z.discriminatedUnion('kind', [GithubSource, GitSource, ImageSource, UploadSource]).meta({
  id: 'ServiceSource',
  description:
    'Where the app comes from: a repository on GitHub, another git repository, an image of a registry, or uploaded archives',
});
export type ServiceSource = z.infer<typeof ServiceSource>;

/** A client's description of the archive that it will upload: the address accepts these bytes and no others. */
export const NewUpload = z
  .strictObject({
    bytes: z
      .int()
      .min(1)
      .max(sourceLimits.packedBytes)
      .meta({ description: 'The length of the archive, which the request must state too', example: 48_213 }),
    sha256: Sha256,
  })
  .meta({ id: 'NewUpload' });
export type NewUpload = z.infer<typeof NewUpload>;

/**
 * Where a client uploads the source: one PUT of the described archive to `url`, with `headers`, before `expiresAt`. The address works once; after an
 * interrupted PUT, request another upload.
 */
export const Upload = z
  .strictObject({
    id: idSchema('upload'),
    url: z.url().meta({ example: 'https://uploads.s3.eu-central-1.amazonaws.com/upl_01J?X-Amz-Signature=…' }),
    method: z.literal('PUT'),
    headers: z
      .record(z.string(), z.string())
      .meta({ example: { 'content-type': 'application/gzip', 'if-none-match': '*' } }),
    maxBytes: z.int().meta({ example: 268_435_456 }),
    expiresAt: Instant,
  })
  .meta({ id: 'Upload' });
export type Upload = z.infer<typeof Upload>;

/** The credential for a git server. Only an address of the same origin gets it. */
export const SourceCredential = z
  .strictObject({
    username: z
      .string()
      .min(1)
      .max(200)
      .regex(/^[^:\p{C}]+$/u, 'must have no colon')
      .meta({ description: 'A name that the server accepts with the token', example: 'deploy' }),
    token: z
      .string()
      .min(1)
      .max(1000)
      .regex(/^[^\p{C}]+$/u, 'must be one line')
      .meta({ description: 'A deploy token or password; never shown again', example: 'gldt-…' }),
  })
  .meta({ id: 'SourceCredential' });
export type SourceCredential = z.infer<typeof SourceCredential>;

/** An installation of the App on GitHub, as shown to a person who may use it. */
export const AccessibleInstallation = z
  .strictObject({
    installationId: z
      .string()
      .regex(/^\d{1,15}$/, "must be an installation's number")
      .meta({ example: '51234567' }),
    account: z.string().meta({ description: 'The user or organisation that it belongs to', example: 'acme' }),
  })
  .meta({ id: 'AccessibleInstallation' });
export type AccessibleInstallation = z.infer<typeof AccessibleInstallation>;

/** An installation from whose repositories a team deploys. */
export const Installation = z
  .strictObject({
    id: idSchema('installation'),
    teamId: idSchema('team'),
    ...AccessibleInstallation.shape,
    suspended: z
      .boolean()
      .meta({ description: 'Suspended on GitHub: nothing can be fetched, and pushes are not reported' }),
    joinedBy: idSchema('user'),
    createdAt: Instant,
    version: z.int(),
  })
  .meta({ id: 'Installation' });
export type Installation = z.infer<typeof Installation>;

export const NewAuthorization = z
  .strictObject({
    redirectUrl: z.url().max(300).meta({
      description:
        'Where GitHub sends the browser back to, with `code` and `state`: one of the addresses of sign-in, or /github of the dashboard',
      example: 'http://127.0.0.1:47100/callback',
    }),
  })
  .meta({ id: 'NewAuthorization' });
export type NewAuthorization = z.infer<typeof NewAuthorization>;

/** The start of a proof that a person may use an installation. */
export const Authorization = z
  .strictObject({
    id: idSchema('authorization'),
    authorizeUrl: z.url().meta({
      description: 'GitHub asks the person there; `state` is the id',
      example: 'https://github.com/login/oauth/authorize?client_id=Iv23&state=aut_01J8Z3N5W4Q8R7T6Y5X4W3V2T1',
    }),
    installUrl: z.url().meta({
      description: 'Where to install the App first, if it is not installed',
      example: 'https://github.com/apps/gantry-acme/installations/new?state=aut_01J8Z3N5W4Q8R7T6Y5X4W3V2T1',
    }),
    expiresAt: Instant,
  })
  .meta({ id: 'Authorization' });
export type Authorization = z.infer<typeof Authorization>;

export const AuthorizationProof = z
  .strictObject({ code: z.string().min(1).max(200).meta({ example: 'b1f0a3c2d4e5' }) })
  .meta({ id: 'AuthorizationProof' });
export type AuthorizationProof = z.infer<typeof AuthorizationProof>;

export const ProvenAccess = z
  .strictObject({ installations: z.array(AccessibleInstallation) })
  .meta({ id: 'ProvenAccess' });
export type ProvenAccess = z.infer<typeof ProvenAccess>;

export const NewInstallation = z
  .strictObject({
    authorizationId: idSchema('authorization').meta({ description: 'The proof that you may use it' }),
    installationId: AccessibleInstallation.shape.installationId,
  })
  .meta({ id: 'NewInstallation' });
export type NewInstallation = z.infer<typeof NewInstallation>;
