import type { Readable } from 'node:stream';
import { GantryError } from '@gantry/contract/errors.ts';
import * as z from 'zod';
import { encodePath, type GitHub, type GitHubCall, githubJson, githubResponse } from './request.ts';
import { type Access, forgetTokens, type GitHubRepository, installationToken, type Permissions } from './tokens.ts';

const READ: Permissions = { contents: 'read', metadata: 'read' };

const Ref = z.object({ ref: z.string(), object: z.object({ sha: z.string() }) });

/** The commit at the head of a branch. Throws NotFound for an unknown branch or repository, and when the App is not installed on it. */
export async function branchHead(github: GitHub, repository: GitHubRepository, branch: string): Promise<string> {
  const what = `branch ${branch} in ${repository.fullName}`;
  const { object } = await asInstallation(github, repository, READ, (access) =>
    githubJson(github, { ...at(access, `/git/ref/heads/${encodePath(branch)}`), what }, Ref),
  );
  return object.sha;
}

export interface GitHubCommit {
  readonly sha: string;
  readonly message: string;
  /** The author's name from their git settings. */
  readonly author: string;
}

const Commit = z.object({ sha: z.string(), message: z.string(), author: z.object({ name: z.string() }) });

export async function readCommit(github: GitHub, repository: GitHubRepository, sha: string): Promise<GitHubCommit> {
  const what = `commit ${sha} in ${repository.fullName}`;
  const { message, author } = await asInstallation(github, repository, READ, (access) =>
    githubJson(github, { ...at(access, `/git/commits/${sha}`), what }, Commit),
  );
  return { sha, message, author: author.name };
}

/**
 * The gzipped tar of a commit's tree, inside an outer folder, as a stream; `timeoutMs` covers all of it.
 * https://docs.github.com/rest/repos/contents#download-a-repository-archive-tar
 */
export async function commitArchive(
  github: GitHub,
  repository: GitHubRepository,
  sha: string,
  timeoutMs: number,
): Promise<Readable> {
  const what = `commit ${sha} in ${repository.fullName}`;
  const { body } = await asInstallation(github, repository, READ, (access) =>
    githubResponse(github, { ...at(access, `/tarball/${sha}`), what, timeoutMs }),
  );
  return body;
}

export interface CommitStatus {
  readonly state: 'pending' | 'success' | 'failure' | 'error';
  readonly description: string;
  /** The name that identifies this status on the commit: `gantry/production/shop`. */
  readonly context: string;
  readonly targetUrl?: string | undefined;
}

/** GitHub's limit of a description, in characters. */
const DESCRIPTION = 140;

export async function createCommitStatus(
  github: GitHub,
  repository: GitHubRepository,
  sha: string,
  { state, description, context, targetUrl }: CommitStatus,
): Promise<void> {
  const body = { state, context, description: description.slice(0, DESCRIPTION), target_url: targetUrl };
  await post(github, repository, { statuses: 'write' }, `/statuses/${sha}`, body, z.unknown());
}

const Created = z.object({ id: z.number() });

/** Creates a deployment of a commit on GitHub, whatever the commit's other checks say. Answers its id there. */
export async function createDeployment(
  github: GitHub,
  repository: GitHubRepository,
  {
    sha,
    environment,
    description,
  }: { readonly sha: string; readonly environment: string; readonly description: string },
): Promise<number> {
  const body = {
    ref: sha,
    environment,
    description: description.slice(0, DESCRIPTION),
    auto_merge: false,
    required_contexts: [],
  };
  const { id } = await post(github, repository, { deployments: 'write' }, '/deployments', body, Created);
  return id;
}

export interface DeploymentStatus {
  readonly state: 'queued' | 'in_progress' | 'success' | 'failure' | 'error' | 'inactive';
  readonly description: string;
  /** The address of the app. */
  readonly environmentUrl?: string | undefined;
  readonly logUrl?: string | undefined;
}

export async function createDeploymentStatus(
  github: GitHub,
  repository: GitHubRepository,
  deploymentId: number,
  { state, description, environmentUrl, logUrl }: DeploymentStatus,
): Promise<void> {
  const body = {
    state,
    description: description.slice(0, DESCRIPTION),
    environment_url: environmentUrl,
    log_url: logUrl,
    auto_inactive: true,
  };
  const path = `/deployments/${deploymentId}/statuses`;
  await post(github, repository, { deployments: 'write' }, path, body, z.unknown());
}

function post<T>(
  github: GitHub,
  repository: GitHubRepository,
  permissions: Permissions,
  path: string,
  body: unknown,
  schema: z.ZodType<T>,
): Promise<T> {
  const what = `a status in ${repository.fullName}`;
  return asInstallation(github, repository, permissions, (access) =>
    githubJson(github, { ...at(access, path), method: 'POST', body, what }, schema),
  );
}

/** Calls with a token of the installation. If GitHub ended the token early, the next call gets a new one. */
export async function asInstallation<T>(
  github: GitHub,
  repository: GitHubRepository,
  permissions: Permissions,
  call: (access: Access) => Promise<T>,
): Promise<T> {
  const access = await installationToken(github, repository, permissions);
  try {
    return await call(access);
  } catch (error) {
    if (!(error instanceof GantryError) || error.kind !== 'Unauthenticated') throw error;
    forgetTokens(repository);
    const message = `GitHub has ended the access to ${repository.fullName} early. Try again.`;
    throw new GantryError('Unavailable', message, [], { cause: error });
  }
}

/** A path of the repository, and the token for it. GitHub gave the repository's name with the token. */
export function at({ token, fullName }: Access, path: string): Pick<GitHubCall, 'path' | 'token'> {
  return { path: `/repos/${encodePath(fullName)}${path}`, token };
}
