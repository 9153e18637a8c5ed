/** Who may do what. A role holds on a team; each includes the ones below it. */
export const roles = ['owner', 'admin', 'developer', 'viewer'] as const;
export type Role = (typeof roles)[number];

/** Each action and the least role that may do it. */
export const actions = {
  'team.read': 'viewer',
  'project.read': 'viewer',
  'project.create': 'developer',
  'environment.read': 'viewer',
  'environment.create': 'developer',
  'service.read': 'viewer',
  'service.create': 'developer',
  'upload.create': 'developer',
  'deployment.read': 'viewer',
  'deployment.create': 'developer',
  'deployment.rollback': 'developer',
  'logs.read': 'viewer',
  'audit.read': 'admin',
  'team.follow': 'viewer',
} as const satisfies Record<string, Role>;

export type Action = keyof typeof actions;

/** Whether `role` may do `action`. */
export function allows(role: Role, action: Action): boolean {
  return roles.indexOf(role) <= roles.indexOf(actions[action]);
}
