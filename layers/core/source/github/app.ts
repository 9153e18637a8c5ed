import { environment } from '@gantry/cloud/environment.ts';
import type { GitHub } from '@gantry/cloud/github/request.ts';
import type { GitHubRepository } from '@gantry/cloud/github/tokens.ts';
import { readSecret } from '@gantry/cloud/secrets.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { GitHubApp } from '@gantry/contract/github.ts';
import { installationOf } from './holders.ts';

/** How long what was read counts, in milliseconds: a secret that an operator has changed is in use by then. */
const FRESH_MS = 60_000;

let known: { readonly app: GitHubApp; readonly until: number } | undefined;

/** The App that an operator has registered with GitHub. Throws a Conflict where none is. */
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
  return { app: await githubApp(), privateAddresses: environment('PRIVATE_SOURCES') === 'true' };
}

/** A repository by the installation through which the team reaches it. Throws a Conflict where there is none, or GitHub has suspended it. */
export async function repositoryOf(teamId: string, fullName: string): Promise<GitHubRepository> {
  const [owner = ''] = fullName.split('/');
  const installation = await installationOf(teamId, owner);
  if (installation === undefined) {
    throw new GantryError('Conflict', `This team holds no installation of ${owner} any more: join it again.`);
  }
  if (installation.suspended) {
    throw new GantryError('Conflict', `The installation of ${owner} is suspended: unsuspend it on GitHub.`);
  }
  return { installationId: Number(installation.installationId), fullName };
}
