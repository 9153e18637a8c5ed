import { environment, privateAddresses } from '@gantry/cloud/environment.ts';
import type { GitHub } from '@gantry/cloud/github/request.ts';
import { readSecret } from '@gantry/cloud/secrets.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { GitHubApp } from '@gantry/contract/github.ts';

/** How long a read secret is used, in milliseconds: then a secret that an operator changed takes effect. */
const FRESH_MS = 60_000;

let known: { readonly app: GitHubApp; readonly until: number } | undefined;

/** The App that an operator registered on GitHub. Throws a Conflict without one. */
export async function githubApp(): Promise<GitHubApp> {
  if (known !== undefined && known.until > Date.now()) return known.app;
  const secret = await readSecret(environment('GITHUB_APP_SECRET'));
  if (secret === undefined) {
    throw new GantryError('Conflict', 'No GitHub App is registered yet: an operator does so with `npm run github`.');
  }
  known = { app: GitHubApp.parse(JSON.parse(secret)), until: Date.now() + FRESH_MS };
  return known.app;
}

/** The App, and whether GitHub may be at a private address. */
export async function github(): Promise<GitHub> {
  return { app: await githubApp(), privateAddresses: privateAddresses() };
}
