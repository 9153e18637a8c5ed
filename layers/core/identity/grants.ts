import { type FieldError, GantryError } from '@gantry/contract/errors.ts';
import type { ProjectRole, Role } from '@gantry/contract/roles.ts';
import { lookUp, optional } from '../access.ts';
import { projectAt } from '../projects/lookups.ts';

interface GivenGrants {
  readonly role: Role | null;
  readonly projectRoles?: Readonly<Record<string, ProjectRole>> | undefined;
}

/** What a member or an invitation is given, as it is kept. Throws Invalid where it is nothing, or names a project that is not the team's. */
export async function checkGrants(teamId: string, { role, projectRoles = {} }: GivenGrants) {
  const projectIds = Object.keys(projectRoles);
  if (role === null && projectIds.length === 0)
    throw invalid({ field: 'body.role', message: 'must be a role, unless projectRoles names a project' });
  if (role === 'owner' && projectIds.length > 0)
    throw invalid({ field: 'body.projectRoles', message: 'must be empty: an owner owns every project' });
  if (projectIds.length > 0) {
    const found = await lookUp(...projectIds.map((projectId) => optional(projectAt({ teamId, projectId }))));
    const unknown = projectIds.filter((_, index) => found[index] === undefined);
    if (unknown.length > 0)
      throw invalid(
        ...unknown.map((id) => ({ field: `body.projectRoles.${id}`, message: 'is not a project of this team' })),
      );
  }
  return { ...(role !== null && { role }), projectRoles };
}

function invalid(...fields: FieldError[]): GantryError {
  return new GantryError('Invalid', `${fields[0]?.field} ${fields[0]?.message}`, fields);
}
