import * as z from 'zod';
import { BuildError } from './build-error.ts';

const MAX_MINUTES = 60;

/** The variables that the builder reads. CodeBuild sets them from the project and from the start of each build. */
const Environment = z.object({
  DEPLOYMENT_ID: z.string().min(1),
  /** CodeBuild's id of the build. A retry of the build has the same id. */
  CODEBUILD_BUILD_ID: z.string().min(1),
  /** The secret that claims the build's order, once. */
  BUILD_TICKET: z.string().min(1),
  /** The name of the Lambda function that gives the order. */
  CLAIM_FUNCTION: z.string().min(1),
  BUILD_ENGINE: z.enum(['buildx', 'process']),
  /** Optional: a folder in which package managers' caches outlive a build. */
  BUILD_CACHE_DIR: z.string().min(1).optional(),
  /** Optional: the time limit of each command of a build. */
  BUILD_TIMEOUT_MINUTES: z.coerce.number().min(1).max(MAX_MINUTES).default(20),
});
export type Environment = z.infer<typeof Environment>;

/** Settings for reaching AWS that are not credentials. They stay, because the order's own credentials need them. */
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

/** Removes the ticket, the project's own credentials and the address that serves them from an environment. */
export function dropCredentials(variables: Record<string, string | undefined>): void {
  for (const name of Object.keys(variables)) {
    if (name === 'BUILD_TICKET' || (name.startsWith('AWS_') && !KEPT.test(name))) delete variables[name];
  }
}
