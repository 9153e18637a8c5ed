import { fieldError } from '@gantry/contract/field-names.ts';
import type { ProjectRole, Role } from '@gantry/contract/roles.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { projectAt } from '../records/project-lookups.ts';

interface GivenGrants {
  readonly role: Role | null;
  readonly projectRoles?: Readonly<Record<string, ProjectRole>> | undefined;
}

/** The roles of a member or an invitation as recorded. Throws Invalid without any role, and for a project of another team. */
export async function checkGrants(teamId: string, { role, projectRoles = {} }: GivenGrants) {
  const projectIds = Object.keys(projectRoles);
  if (role === null && projectIds.length === 0)
    throw fieldError('body.role', 'is missing: give a role on the team, or on a project');
  if (role === 'owner' && projectIds.length > 0)
    throw fieldError('body.projectRoles', 'must be left out: an owner owns every project');
  if (projectIds.length > 0) {
    const found = await lookUp(...projectIds.map((projectId) => optional(projectAt({ teamId, projectId }))));
    const unknown = projectIds.find((_, index) => found[index] === undefined);
    if (unknown !== undefined)
      throw fieldError(`body.projectRoles.${unknown}`, 'is for a project that this team does not have');
  }
  return { ...(role !== null && { role }), projectRoles };
}
