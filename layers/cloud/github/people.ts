import { GantryError } from '@gantry/contract/errors.ts';
import * as z from 'zod';
import { asInstallation, at } from './repository.ts';
import { type GitHub, githubJson } from './request.ts';
import type { GitHubRepository } from './tokens.ts';

/** A person's account on GitHub. */
export interface GitHubPerson {
  /** Its number on GitHub: a login may pass to another person. */
  readonly id: number;
  readonly login: string;
}

const Person = z.object({ id: z.int().positive(), login: z.string().min(1) });

/** The person of a token. https://docs.github.com/rest/users/users#get-the-authenticated-user */
export function personOf(github: GitHub, userToken: string): Promise<GitHubPerson> {
  return githubJson(github, { path: '/user', token: userToken, what: 'your account' }, Person);
}

const Permission = z.object({ permission: z.enum(['admin', 'write', 'read', 'none']), user: Person.nullish() });

/** Answers of GitHub for an unknown person, or one who may not see the repository. */
const UNKNOWN = new Set(['NotFound', 'Invalid']);

/**
 * A person's present permission on a repository. The App asks with its own right to read metadata, so no token of the person is needed.
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
