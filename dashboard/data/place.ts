import type { Role } from '@gantry/contract/roles.ts';
import type { Team } from '@gantry/contract/schemas/identity.ts';
import type { Environment, Project } from '@gantry/contract/schemas/projects.ts';
import type { Service } from '@gantry/contract/schemas/services.ts';
import { useSuspenseQuery } from '@tanstack/react-query';
import { notFound, useParams } from '@tanstack/react-router';
import { api, apiList, queryClient } from './api.ts';

/** The place of a page, from the slugs in its address. */
export interface TeamPlace {
  readonly team: Team;
  /** The user's role here, which the API checks; null on a team in which the user only has roles on single projects. */
  readonly role: Role | null;
}
export interface ProjectPlace extends TeamPlace {
  readonly project: Project;
}
export interface EnvironmentPlace extends ProjectPlace {
  readonly environment: Environment;
}
export interface ServicePlace extends EnvironmentPlace {
  readonly service: Service;
}

/** The slugs in an address. */
export interface Slugs {
  readonly team?: string;
  readonly project?: string;
  readonly environment?: string;
  readonly service?: string;
  readonly database?: string;
}

export const sessionQuery = () => api('session.get', {});
export const projectsQuery = (teamId: string) => apiList('projects.list', { params: { teamId } });
export const environmentsQuery = (teamId: string, projectId: string) =>
  apiList('environments.list', { params: { teamId, projectId } });
export const servicesQuery = (teamId: string, projectId: string) =>
  apiList('services.list', { params: { teamId, projectId } });

/** Reads the records of a place, so that the hooks below find them. */
export async function loadPlace({ team, project }: Slugs): Promise<void> {
  const { teams } = await queryClient.ensureQueryData(sessionQuery());
  const teamId = teams.find((each) => each.team.slug === team)?.team.id;
  if (teamId === undefined) return;
  const projects = await queryClient.ensureQueryData(projectsQuery(teamId));
  if (project === undefined) return;
  const projectId = projects.find(({ slug }) => slug === project)?.id;
  if (projectId === undefined) return;
  await Promise.all([
    queryClient.ensureQueryData(environmentsQuery(teamId, projectId)),
    queryClient.ensureQueryData(servicesQuery(teamId, projectId)),
  ]);
}

const slugs = (): Slugs => useParams({ strict: false });

export function useTeam(): TeamPlace {
  const { team: slug } = slugs();
  const { data } = useSuspenseQuery(sessionQuery());
  const membership = bySlug(data.teams, slug, ({ team }) => team.slug);
  const { team, role } = membership;
  return { team, role };
}

export function useProject(): ProjectPlace {
  const place = useTeam();
  const { data } = useSuspenseQuery(projectsQuery(place.team.id));
  const project = bySlug(data, slugs().project);
  const session = useSuspenseQuery(sessionQuery()).data;
  const membership = session.teams.find(({ team }) => team.id === place.team.id);
  return { ...place, project, role: membership?.projectRoles[project.id] ?? membership?.role ?? null };
}

export function useEnvironment(): EnvironmentPlace {
  const place = useProject();
  const { data } = useSuspenseQuery(environmentsQuery(place.team.id, place.project.id));
  return { ...place, environment: bySlug(data, slugs().environment) };
}

export function useService(): ServicePlace {
  const place = useEnvironment();
  const { data } = useSuspenseQuery(servicesQuery(place.team.id, place.project.id));
  return { ...place, service: bySlug(data, slugs().service) };
}

/** The API's parameters of a service in an environment. */
export function instanceParams({ team, project, environment, service }: ServicePlace) {
  return { teamId: team.id, projectId: project.id, environmentId: environment.id, serviceId: service.id };
}

function bySlug<T extends { readonly slug: string }>(items: readonly T[], slug: string | undefined): T;
function bySlug<T>(items: readonly T[], slug: string | undefined, slugOf: (item: T) => string): T;
function bySlug<T>(
  items: readonly T[],
  slug: string | undefined,
  slugOf = (item: T) => (item as { readonly slug?: string }).slug,
): T {
  const found = items.find((item) => slugOf(item) === slug);
  if (found === undefined) throw notFound();
  return found;
}
