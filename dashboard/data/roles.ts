import { type Role, roles } from '@gantry/contract/roles.ts';
import type { Project } from '@gantry/contract/schemas/projects.ts';

/** The rights of each role, in one line. */
export const roleTexts: Readonly<Record<Role, string>> = {
  owner: 'Everything, including owners and handing over the team',
  admin: 'People, deletions and the audit log',
  developer: 'Create, deploy, change variables, roll back',
  viewer: 'See everything except values of variables',
};

export const roleOptions = roles.map((role) => [role, capitalRole(role)] as const);

function capitalRole(role: Role): string {
  return role.charAt(0).toUpperCase() + role.slice(1);
}

/** The roles on single projects, by the projects' names: `Shop: viewer`. */
export function projectRolesText(given: Readonly<Record<string, string>>, projects: readonly Project[]): string {
  const named = Object.entries(given).map(([id, role]) => [projects.find((each) => each.id === id)?.name, role]);
  return named.map(([name, role]) => `${name ?? 'A project'}: ${role}`).join(', ');
}
