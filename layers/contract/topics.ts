/** A topic's parts. */
export type ParsedTopic =
  | { readonly kind: 'team'; readonly teamId: string }
  | { readonly kind: 'project'; readonly projectId: string }
  | { readonly kind: 'service'; readonly serviceId: string }
  | { readonly kind: 'deployment' | 'build-logs'; readonly deploymentId: string }
  | { readonly kind: 'app-logs'; readonly serviceId: string; readonly environmentId: string }
  | { readonly kind: 'exec'; readonly execId: string };

/** Parses a valid topic. */
export function parseTopic(topic: string): ParsedTopic {
  const [first = '', second = '', third = '', fourth = ''] = topic.split(':');
  if (first === 'team') return { kind: first, teamId: second };
  if (first === 'project') return { kind: first, projectId: second };
  if (first === 'service') return { kind: first, serviceId: second };
  if (first === 'deployment') return { kind: first, deploymentId: second };
  if (first === 'exec') return { kind: first, execId: second };
  if (second === 'build') return { kind: 'build-logs', deploymentId: third };
  return { kind: 'app-logs', serviceId: third, environmentId: fourth };
}

export const topics = {
  team: (teamId: string) => `team:${teamId}`,
  project: (projectId: string) => `project:${projectId}`,
  service: (serviceId: string) => `service:${serviceId}`,
  deployment: (deploymentId: string) => `deployment:${deploymentId}`,
  buildLogs: (deploymentId: string) => `logs:build:${deploymentId}`,
  appLogs: (serviceId: string, environmentId: string) => `logs:app:${serviceId}:${environmentId}`,
  exec: (execId: string) => `exec:${execId}`,
};
