import * as z from 'zod';
import { BuildError } from './build-error.ts';

const MAX_MINUTES = 60;

/** The variables that the builder reads. CodeBuild sets them from the project and from the start of each build. */
const Environment = z.object({
  DEPLOYMENT_ID: z.string().min(1),
  /** CodeBuild's id of the build: the same where it is begun again. */
  CODEBUILD_BUILD_ID: z.string().min(1),
  /** The secret that the build's order is claimed with, once. */
  BUILD_TICKET: z.string().min(1),
  /** The name of the Lambda function that gives the order. */
  CLAIM_FUNCTION: z.string().min(1),
  BUILD_ENGINE: z.enum(['buildx', 'process']),
  /** Optional: where package managers' caches outlive a build. */
  BUILD_CACHE_DIR: z.string().min(1).optional(),
  /** Optional: how long each command of a build may take. */
  BUILD_TIMEOUT_MINUTES: z.coerce.number().min(1).max(MAX_MINUTES).default(20),
});
export type Environment = z.infer<typeof Environment>;

/** What reaches AWS without being a credential: it stays, for the order's own credentials. */
const KEPT = /^AWS_(REGION|DEFAULT_REGION|CA_BUNDLE|ENDPOINT_URL.*)$/;

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

/** Takes the ticket and the project's own credentials, and where to get them, out of an environment. */
export function dropCredentials(variables: Record<string, string | undefined>): void {
  for (const name of Object.keys(variables)) {
    if (name === 'BUILD_TICKET' || (name.startsWith('AWS_') && !KEPT.test(name))) delete variables[name];
  }
}
