import { createPrivateKey, sign } from 'node:crypto';
import { GantryError } from '@gantry/contract/errors.ts';
import type { GitHubApp } from '@gantry/contract/github.ts';
import * as z from 'zod';
import { type GitHub, githubJson } from './request.ts';

/** GitHub's longest life of a JWT, in seconds; it includes the minute for clocks that differ. */
const JWT_SECONDS = 600;
const CLOCK_SECONDS = 60;
/** A token is renewed this long before its end: longer than its use takes. */
const RENEW_MS = 5 * 60_000;
const MAX_TOKENS = 200;

/** The permissions of an installation's token, which has no others. */
export type Permissions = Readonly<
  Partial<Record<'contents' | 'metadata' | 'statuses' | 'deployments' | 'pull_requests', 'read' | 'write'>>
>;

/** A repository, named by the installation that gives access to it. */
export interface GitHubRepository {
  readonly installationId: number;
  /** Its number on GitHub, which survives renames and transfers. If known, only the number counts. */
  readonly id?: number | undefined;
  /** `acme/shop` */
  readonly fullName: string;
}

/** A token for one repository, and that repository. */
export interface Access {
  readonly token: string;
  readonly id: number;
  /** Its present name on GitHub. */
  readonly fullName: string;
}

/**
 * The JWT with which the App signs its own requests, for ten minutes. Throws Internal for an invalid private key.
 * https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
 */
function appToken({ appId, privateKey }: GitHubApp): string {
  const issuedAt = Math.floor(Date.now() / 1000) - CLOCK_SECONDS;
  const claims = { iat: issuedAt, exp: issuedAt + JWT_SECONDS, iss: String(appId) };
  const content = [{ alg: 'RS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${content}.${sign('sha256', Buffer.from(content), keyOf(privateKey)).toString('base64url')}`;
}

function keyOf(pem: string) {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new GantryError('Internal', "The GitHub App's private key cannot be read. Run `npm run github` again.");
  }
}

/** GitHub names the repositories of a token. */
const InstallationToken = z.object({
  token: z.string(),
  expires_at: z.iso.datetime({ offset: true }),
  repositories: z.tuple([z.object({ id: z.int().positive(), full_name: z.string() })]),
});

interface Kept {
  readonly access: Access;
  readonly renewAt: number;
}
const kept = new Map<string, Kept>();

/**
 * A token for one repository with at most `permissions`; it is reused until a few minutes before its end. Throws Invalid when the installation lacks
 * the repository. https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app
 */
export async function installationToken(
  github: GitHub,
  { installationId, id, fullName }: GitHubRepository,
  permissions: Permissions,
): Promise<Access> {
  const { apiUrl, appId } = github.app;
  const key = JSON.stringify([apiUrl, appId, installationId, id ?? fullName, Object.entries(permissions).sort()]);
  const known = kept.get(key);
  // When the requested name differs from the known one, the repository was renamed: a new token names it.
  const isNamed = known?.access.fullName.toLowerCase() === fullName.toLowerCase();
  if (known !== undefined && isNamed && Date.now() < known.renewAt) return known.access;
  const only = id === undefined ? { repositories: [fullName.split('/')[1]] } : { repository_ids: [id] };
  const answer = await githubJson(
    github,
    {
      method: 'POST',
      path: `/app/installations/${installationId}/access_tokens`,
      token: appToken(github.app),
      body: { ...only, permissions },
      what: `access to ${fullName}`,
    },
    InstallationToken,
  );
  const [repository] = answer.repositories;
  const access = { token: answer.token, id: repository.id, fullName: repository.full_name };
  kept.delete(key);
  kept.set(key, { access, renewAt: Date.parse(answer.expires_at) - RENEW_MS });
  const [oldest] = kept.keys();
  if (kept.size > MAX_TOKENS && oldest !== undefined) kept.delete(oldest);
  return access;
}

/** Makes the next call for a repository request a new token: GitHub refused the kept one. */
export function forgetTokens({ installationId, id, fullName }: GitHubRepository): void {
  for (const key of kept.keys()) {
    const [, , keptInstallation, repository] = JSON.parse(key);
    if (keptInstallation === installationId && repository === (id ?? fullName)) kept.delete(key);
  }
}
