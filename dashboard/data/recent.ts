import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { Team } from '@gantry/contract/schemas/identity.ts';
import { useQueries, useQuery } from '@tanstack/react-query';
import { paths } from '../paths.ts';
import { api } from './api.ts';
import { environmentsQuery, projectsQuery, servicesQuery } from './place.ts';

/** A deployment with its service and its place in words, and its address. */
export interface Placed {
  readonly deployment: Deployment;
  readonly service: string;
  readonly where: string;
  readonly to: string;
}

/** The newest deployments of a team, without those of deleted projects, environments and services. Undefined until they are read. */
export function useRecent(team: Team): readonly Placed[] | undefined {
  const { data } = useQuery(api('deployments.recent', { params: { teamId: team.id }, query: { limit: '30' } }));
  const { data: projects = [] } = useQuery(projectsQuery(team.id));
  const ids = [...new Set(data?.items.map(({ projectId }) => projectId) ?? [])];
  const environments = useQueries({ queries: ids.map((id) => environmentsQuery(team.id, id)) });
  const services = useQueries({ queries: ids.map((id) => servicesQuery(team.id, id)) });
  return data?.items.flatMap((deployment) => {
    const at = ids.indexOf(deployment.projectId);
    const project = projects.find(({ id }) => id === deployment.projectId);
    const environment = environments[at]?.data?.find(({ id }) => id === deployment.environmentId);
    const service = services[at]?.data?.find(({ id }) => id === deployment.serviceId);
    if (project === undefined || environment === undefined || service === undefined) return [];
    const slugs = { team: team.slug, project: project.slug, environment: environment.slug, service: service.slug };
    return [
      {
        deployment,
        service: service.name,
        where: `${project.name}, ${environment.name}`,
        to: paths.deployment(slugs, deployment.id),
      },
    ];
  });
}

/** The newest deployment of each instance, if it failed or waits for something. */
export function needingAttention(recent: readonly Placed[]): readonly Placed[] {
  const seen = new Set<string>();
  return recent.filter(({ deployment: { serviceId, environmentId, status, waitsFor } }) => {
    const instance = `${serviceId} ${environmentId}`;
    if (seen.has(instance)) return false;
    seen.add(instance);
    return status === 'failed' || waitsFor !== null;
  });
}
