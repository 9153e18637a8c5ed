import { GantryError } from '@gantry/contract/errors.ts';
import * as z from 'zod';
import { asInstallation, at } from './repository.ts';
import { type GitHub, githubJson } from './request.ts';
import type { GitHubRepository } from './tokens.ts';

/** An account of a person on GitHub. */
export interface GitHubPerson {
  /** GitHub's number of it: a login may pass to somebody else. */
  readonly id: number;
  readonly login: string;
}

const Person = z.object({ id: z.int().positive(), login: z.string().min(1) });

/** Whose token this is. https://docs.github.com/rest/users/users#get-the-authenticated-user */
export function personOf(github: GitHub, userToken: string): Promise<GitHubPerson> {
  return githubJson(github, { path: '/user', token: userToken, what: 'your account' }, Person);
}

const Permission = z.object({ permission: z.enum(['admin', 'write', 'read', 'none']), user: Person.nullish() });

/** Answers of GitHub that say that there is no such person, or none who may see the repository. */
const UNKNOWN = new Set(['NotFound', 'Invalid']);

/**
 * What a person may do in a repository by what GitHub says now. The App asks for itself, with its right to read metadata, so that no token of the
 * person is needed.
 * https://docs.github.com/rest/collaborators/collaborators#get-repository-permissions-for-a-user
 */
export async function permissionOn(
  github: GitHub,
  repository: GitHubRepository,
  { id, login }: GitHubPerson,
): Promise<'none' | 'read' | 'write'> {
  const path = `/collaborators/${encodeURIComponent(login)}/permission`;
  const what = `${login} in ${repository.fullName}`;
  try {
    const { permission, user } = await asInstallation(github, repository, { metadata: 'read' }, (access) =>
      githubJson(github, { ...at(access, path), what }, Permission),
    );
    if (user?.id !== id) return 'none';
    return permission === 'admin' ? 'write' : permission;
  } catch (error) {
    if (error instanceof GantryError && UNKNOWN.has(error.kind)) return 'none';
    throw error;
  }
}
