import * as z from 'zod';
import { BuildError } from './build-error.ts';

const MAX_MINUTES = 60;

/** The variables that the builder reads. CodeBuild sets them from the project and from the start of each build. */
const Environment = z.object({
  /** The gzipped tar to build: `s3://<bucket>/<key>`. */
  SOURCE_URI: z.string().regex(/^s3:\/\/[^/]+\/.+$/, 'expected s3://<bucket>/<key>'),
  /** The app's folder below the source's; empty for the source's own. */
  SOURCE_ROOT: z.string().max(512).default(''),
  REPOSITORY_URI: z.string().regex(/^[^/\s]+\/[a-z0-9][a-z0-9._/-]*$/, 'expected <registry host>/<repository>'),
  DEPLOYMENT_ID: z.string().min(1),
  BUILD_ENGINE: z.enum(['buildx', 'process']),
  /** Optional: where package managers' caches outlive a build. */
  BUILD_CACHE_DIR: z.string().min(1).optional(),
  /** Optional: the repository of BuildKit's cache. */
  CACHE_REPOSITORY_URI: z.string().min(1).optional(),
  /** Optional: how long each command of a build may take. */
  BUILD_TIMEOUT_MINUTES: z.coerce.number().min(1).max(MAX_MINUTES).default(20),
});
export type Environment = z.infer<typeof Environment>;

/** Reads the builder's variables. Throws a `BuildError` that names the first one that is missing or wrong. */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  const set = Object.entries(variables).filter(([, value]) => value !== undefined && value !== '');
  const result = Environment.safeParse(Object.fromEntries(set));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = String(issue?.path[0]);
  const missing = variables[name] === undefined || variables[name] === '';
  throw new BuildError(`the environment variable ${name} is ${missing ? 'not set' : `not valid: ${issue?.message}`}`);
}
