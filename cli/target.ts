import type { Client } from '@gantry/client/client.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Surroundings } from './declare.ts';
import type { Link } from './link.ts';
import { allPages, named } from './pages.ts';
import type { Session } from './session.ts';

/** The subject of a command when it is not, or not only, the linked one; each by slug or id. */
export const teamFlag = {
  team: { summary: 'the team; the linked one, or your only one', value: 'team', short: 't' },
} as const;
export const projectFlags = {
  ...teamFlag,
  project: { summary: 'the project; the linked one', value: 'project', short: 'p' },
} as const;
export const serviceFlags = {
  ...projectFlags,
  service: { summary: 'the service; the linked one', value: 'service', short: 's' },
} as const;
export const targetFlags = {
  ...serviceFlags,
  environment: { summary: 'the environment; the linked one, or production', value: 'environment', short: 'e' },
} as const;

type Chosen<K extends string> = { readonly [P in K]: string | undefined };
export type TeamChoice = Chosen<keyof typeof teamFlag>;
export type ProjectChoice = Chosen<keyof typeof projectFlags>;
export type ServiceChoice = Chosen<keyof typeof serviceFlags>;
export type TargetChoice = Chosen<keyof typeof targetFlags>;

type Named = Link['team'];
export type Target = Omit<Link, 'api'>;
const PRODUCTION = 'production';

/** The team of the command. */
export async function teamOf(context: Surroundings, session: Session, { team }: TeamChoice): Promise<Named> {
  const linked = session.link;
  if (linked !== undefined && (team === undefined || isNamed(linked.team, team))) return linked.team;
  const { teams } = await session.client('session.get', {});
  const all = teams.map((membership) => membership.team);
  if (team !== undefined) return named(all, team, 'team', session.api);
  if (all.length === 0) throw new GantryError('NotFound', 'You are in no team: ask its owner for an invitation.');
  return context.prompts.choice('Which team', '--team', all, ({ slug }) => slug);
}

/** The project of the command, with its team. */
export async function projectOf(context: Surroundings, session: Session, choice: ProjectChoice) {
  const linked = session.link;
  const team = await teamOf(context, session, choice);
  const { project } = choice;
  const stays = linked?.team.id === team.id && (project === undefined || isNamed(linked.project, project));
  if (linked !== undefined && stays) return { team, project: linked.project };
  const all = await projectsOf(session.client, team.id);
  if (project !== undefined) return { team, project: named(all, project, 'project', `team ${team.slug}`) };
  return { team, project: await context.prompts.choice('Which project', '--project', all, ({ slug }) => slug) };
}

/** The service of the command, with its project and team. */
export async function serviceOf(context: Surroundings, session: Session, choice: ServiceChoice) {
  const linked = session.link;
  const above = await projectOf(context, session, choice);
  const { service } = choice;
  const stays = linked?.project.id === above.project.id && (service === undefined || isNamed(linked.service, service));
  if (linked !== undefined && stays) return { ...above, service: linked.service };
  const all = await servicesOf(session.client, above);
  if (service !== undefined)
    return { ...above, service: named(all, service, 'service', `project ${above.project.slug}`) };
  return { ...above, service: await context.prompts.choice('Which service', '--service', all, ({ slug }) => slug) };
}

/** The service and environment of the command. */
export async function targetOf(context: Surroundings, session: Session, choice: TargetChoice): Promise<Target> {
  const above = await serviceOf(context, session, choice);
  return { ...above, environment: await environmentOf(session, above, choice.environment) };
}

/** The environment of a command in a project: the named one, the linked one, or production. */
export async function environmentOf(session: Session, above: ProjectPath, name: string | undefined): Promise<Named> {
  const linked = session.link?.project.id === above.project.id ? session.link.environment : undefined;
  const wanted = name ?? linked?.slug ?? PRODUCTION;
  if (linked !== undefined && isNamed(linked, wanted)) return linked;
  const all = await environmentsOf(session.client, above);
  return named(all, wanted, 'environment', `project ${above.project.slug}`);
}

/** A target as the API's paths name it. */
export function pathOf({ team, project, service, environment }: Target) {
  return { teamId: team.id, projectId: project.id, serviceId: service.id, environmentId: environment.id };
}

export function projectsOf(client: Client, teamId: string) {
  return allPages((query) => client('projects.list', { params: { teamId }, query }));
}

type ProjectPath = Pick<Target, 'team' | 'project'>;

export function servicesOf(client: Client, { team, project }: ProjectPath) {
  return allPages((query) => client('services.list', { params: { teamId: team.id, projectId: project.id }, query }));
}

export function environmentsOf(client: Client, { team, project }: ProjectPath) {
  return allPages((query) =>
    client('environments.list', { params: { teamId: team.id, projectId: project.id }, query }),
  );
}

function isNamed({ id, slug }: Named, name: string): boolean {
  return slug === name || id === name;
}
