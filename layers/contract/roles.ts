/** The rights of roles. A role holds on a team, or on one project of it; each includes the ones below it. */
export const roles = ['owner', 'admin', 'developer', 'viewer'] as const;
export type Role = (typeof roles)[number];

/** Roles on one project. Ownership is of a whole team only. */
export const projectRoles = ['admin', 'developer', 'viewer'] as const satisfies readonly Role[];
export type ProjectRole = (typeof projectRoles)[number];

/** Each action and the lowest role that allows it. */
export const actions = {
  'team.read': 'viewer',
  'team.update': 'admin',
  'team.transfer': 'owner',
  'team.leave': 'viewer',
  'member.read': 'viewer',
  'member.manage': 'admin',
  'invitation.manage': 'admin',
  'token.manage': 'viewer',
  'project.read': 'viewer',
  'project.create': 'developer',
  'project.update': 'developer',
  'project.delete': 'admin',
  'environment.read': 'viewer',
  'environment.create': 'developer',
  'environment.update': 'developer',
  'environment.delete': 'admin',
  'service.read': 'viewer',
  'service.create': 'developer',
  'service.update': 'developer',
  'service.delete': 'developer',
  // A person who can run commands in an app can read its variables, its data and its memory.
  'service.exec': 'developer',
  'database.read': 'viewer',
  'database.create': 'developer',
  'database.update': 'developer',
  // The data goes with it.
  'database.delete': 'admin',
  // A person who connects can read and change all of its data.
  'database.connect': 'developer',
  'backup.read': 'viewer',
  'backup.create': 'developer',
  'backup.delete': 'admin',
  'upload.create': 'developer',
  'deployment.read': 'viewer',
  'deployment.create': 'developer',
  'deployment.rollback': 'developer',
  'deployment.cancel': 'developer',
  'deployment.redrive': 'developer',
  'deployment.control': 'developer',
  'variable.read': 'viewer',
  // Viewers may not read values: a person with the values can act as the service.
  'variable.reveal': 'developer',
  'variable.update': 'developer',
  'logs.read': 'viewer',
  'metrics.read': 'viewer',
  'alert.read': 'viewer',
  'alert.manage': 'developer',
  'channel.read': 'viewer',
  // A channel carries what happens in the whole team to an address outside of it.
  'channel.manage': 'admin',
  'installation.read': 'viewer',
  // Joining opens only repositories to which the joining person has access on GitHub.
  'installation.join': 'developer',
  'installation.manage': 'admin',
  'audit.read': 'admin',
  'team.follow': 'viewer',
} as const satisfies Record<string, Role>;

export type Action = keyof typeof actions;

/** Whether `role` may do `action`. */
export function allows(role: Role, action: Action): boolean {
  return includes(role, actions[action]);
}

/** Whether `role` is `other` or above it. */
export function includes(role: Role, other: Role): boolean {
  return roles.indexOf(role) <= roles.indexOf(other);
}

/** The scopes of an API token within its creator's rights: read; read and deploy; or everything but the management of people. */
/** Actions in words that follow "cannot". */
export function actionText(action: Action): string {
  return ACTIONS[action] ?? `${VERBS[action.split('.')[1] ?? ''] ?? 'use'} ${action.split('.')[0]}s`;
}

const ACTIONS: Partial<Readonly<Record<Action, string>>> = {
  'team.read': 'see this team',
  'team.update': 'rename the team',
  'team.transfer': 'hand over the ownership of the team',
  'team.leave': 'leave the team',
  'team.follow': 'follow the team',
  'deployment.create': 'deploy',
  'deployment.rollback': 'roll back',
  'deployment.redrive': 'retry deployments',
  'service.exec': 'run commands in services',
  'database.connect': 'connect to databases',
  'variable.reveal': 'see the values of variables',
  'variable.read': 'see variables',
  'variable.update': 'change variables',
  'logs.read': 'read logs',
  'metrics.read': 'see metrics',
  'audit.read': 'read the audit log',
  'upload.create': 'upload',
  'installation.manage': 'change GitHub installations',
};

const VERBS: Readonly<Record<string, string>> = {
  read: 'see',
  create: 'create',
  update: 'change',
  delete: 'delete',
  manage: 'manage',
  cancel: 'cancel',
  control: 'control',
};

export const scopes = ['read', 'deploy', 'all'] as const;
export type Scope = (typeof scopes)[number];

/** Actions that need a signed-in person: no token can create another token, or give anybody access. */
const personal: ReadonlySet<Action> = new Set<Action>([
  'team.update',
  'team.transfer',
  'team.leave',
  'member.manage',
  'invitation.manage',
  'token.manage',
  'installation.join',
  'installation.manage',
  // It needs a live connection, which no token can open.
  'service.exec',
  'database.connect',
]);

const deploying: ReadonlySet<Action> = new Set<Action>([
  'upload.create',
  'deployment.create',
  'deployment.rollback',
  'deployment.cancel',
  'deployment.redrive',
  'deployment.control',
]);

/** Whether the scope of a token covers `action`, which its creator must be allowed too. */
export function covers(scope: Scope, action: Action): boolean {
  if (personal.has(action)) return false;
  if (action.endsWith('.read')) return true;
  return scope === 'all' || (scope === 'deploy' && deploying.has(action));
}

/** A member's rights in a team: a role on all of it or none, and roles on single projects, which override it. */
export interface Grants {
  readonly role: Role | undefined;
  readonly projectRoles: Readonly<Record<string, ProjectRole>>;
}

/** The rights on the team of every member, even one of single projects only: `project.read` lists those projects. */
const ofEveryMember: ReadonlySet<Action> = new Set<Action>(['team.read', 'team.leave', 'project.read', 'token.manage']);

/** The role that decides about `action` on the team, or on one project of it; undefined without one. */
export function roleFor({ role, projectRoles }: Grants, action: Action, projectId?: string): Role | undefined {
  if (projectId !== undefined)
    return (Object.hasOwn(projectRoles, projectId) ? projectRoles[projectId] : undefined) ?? role;
  if (role !== undefined) return role;
  return ofEveryMember.has(action) && Object.keys(projectRoles).length > 0 ? 'viewer' : undefined;
}

/** A member's rights on one project. An owner of the team counts as an admin there. */
export function narrow(grants: Grants, projectId: string): Grants {
  const role = roleFor(grants, 'project.read', projectId);
  if (role === undefined) return { role: undefined, projectRoles: {} };
  return { role: undefined, projectRoles: { [projectId]: role === 'owner' ? 'admin' : role } };
}
