import { newId } from '@gantry/contract/ids.ts';
import { quotas } from '@gantry/contract/quotas.ts';
import type { Confirmation, NewProject, Project, ProjectChange } from '@gantry/contract/schemas/projects.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { item } from '../kernel/entity.ts';
import { willAnswer } from '../kernel/idempotency/execution.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { type PageQuery, page, pageOptions } from '../kernel/page.ts';
import { retryStale, transact } from '../kernel/transact.ts';
import type { Write } from '../kernel/write.ts';
import { listInstances } from '../records/instances.ts';
import { quotaExceeded, requireActive, requireVersion } from '../records/project-guards.ts';
import { type ProjectPath, projectAt } from '../records/project-lookups.ts';
import { EnvironmentEntity, ProjectCountEntity, ProjectEntity, type ProjectRecord } from '../records/projects.ts';
import { PRODUCTION } from './branch.ts';
import { isUnderWay, requireConfirmed } from './deletion.ts';
import { servicesOf } from './parts.ts';
import { claiming, claimSlug } from './slugs.ts';
import { viewEnvironment, viewProject } from './view.ts';

/** Creates a project with its first environment, `production`. */
export async function createProject(
  caller: Caller,
  { teamId }: { teamId: string },
  input: NewProject,
): Promise<Project> {
  await authorise(caller, 'project.create', { teamId });
  const createdAt = new Date().toISOString();
  const { slug, name = slug } = input;
  const project = { teamId, id: newId('project'), slug, name, environments: 1, services: 0, createdAt, version: 1 };
  const production = {
    teamId,
    projectId: project.id,
    id: newId('environment'),
    slug: PRODUCTION,
    name: PRODUCTION,
    createdAt,
    version: 1,
  };
  const reply = willAnswer(viewProject(project));
  const common = { teamId, actor: caller.userId };
  const create = () =>
    transact(
      [
        claimSlug(teamId, 'project', slug, project.id),
        countProject(teamId),
        { item: item.put(ProjectEntity.create(project)) },
        claimSlug(teamId, `environment#${project.id}`, production.slug, production.id),
        { item: item.put(EnvironmentEntity.create(production)) },
      ],
      { ...common, name: 'project.created', aggregate: project, data: reply },
      { ...common, name: 'environment.created', aggregate: production, data: viewEnvironment(production, project) },
    );
  await claiming(create);
  return reply;
}

function countProject(teamId: string): Write {
  const most = quotas.projectsPerTeam;
  return {
    item: item.update(
      ProjectCountEntity.update({ teamId })
        .add({ projects: 1 })
        .where(({ projects }, { lt, notExists }) => `${notExists(projects)} OR ${lt(projects, most)}`),
    ),
    otherwise: quotaExceeded(most, 'projects in a team'),
  };
}

/** A project. */
export async function getProject(caller: Caller, path: ProjectPath): Promise<Project> {
  const { found } = await authorise(caller, 'project.read', path, projectAt(path));
  return viewProject(found[0]);
}

/** A team's projects that the caller may see, oldest first. Members of single projects have at most 50, on one page. */
export async function listProjects(caller: Caller, { teamId }: { teamId: string }, query: PageQuery) {
  const { projects } = await authorise(caller, 'project.read', { teamId });
  if (projects === undefined)
    return page(query, () => ProjectEntity.query.primary({ teamId }).go(pageOptions(query)), viewProject);
  const found = await lookUp(...projects.toSorted().map((projectId) => optional(projectAt({ teamId, projectId }))));
  return { items: found.flatMap((project) => project ?? []).map(viewProject), next: null };
}

/** Changes a project's display name. Throws PreconditionFailed if its version is not `ifMatch`. */
export function updateProject(
  caller: Caller,
  path: ProjectPath,
  change: ProjectChange,
  ifMatch?: number,
): Promise<Project> {
  return retryStale(async () => {
    const { found } = await authorise(caller, 'project.update', path, projectAt(path));
    const [project] = found;
    requireActive(project);
    requireVersion(project, ifMatch);
    if (change.name === undefined) return viewProject(project);
    const patch = { name: change.name, version: project.version + 1 };
    const changed = { ...project, ...patch };
    await transact([changeProject(project, patch)], {
      name: 'project.updated',
      teamId: path.teamId,
      actor: caller.userId,
      aggregate: changed,
      data: viewProject(changed),
    });
    return viewProject(changed);
  });
}

/** Requests a project's deletion, which machine `delete` carries out. Another request changes nothing. */
export function deleteProject(caller: Caller, path: ProjectPath, { confirm }: Confirmation): Promise<Project> {
  return retryStale(async () => {
    const { found } = await authorise(caller, 'project.delete', path, projectAt(path));
    const [project] = found;
    if (isUnderWay(project)) return viewProject(project);
    const live = confirm === undefined && (await hasLiveServices(path));
    requireConfirmed(confirm, project.slug, live ? `Project ${project.slug} has live services` : undefined);
    const patch = { deletingSince: new Date().toISOString(), version: project.version + 1 };
    const changed = { ...project, ...patch };
    await transact([changeProject(project, patch)], {
      name: 'project.deletion-requested',
      teamId: path.teamId,
      actor: caller.userId,
      aggregate: changed,
      data: viewProject(changed),
    });
    return viewProject(changed);
  });
}

function changeProject(
  { teamId, id, version: known }: ProjectRecord,
  patch: Partial<Pick<ProjectRecord, 'name' | 'deletingSince'>> & { readonly version: number },
): Write {
  return {
    item: item.update(
      ProjectEntity.patch({ teamId, id })
        .set(patch)
        .where(({ version }, { eq }) => eq(version, known)),
    ),
  };
}

async function hasLiveServices(path: ProjectPath): Promise<boolean> {
  const services = await servicesOf(path);
  const instances = await Promise.all(services.map(({ id }) => listInstances(path.teamId, id)));
  return instances.flat().some(({ liveReleaseId }) => liveReleaseId !== undefined);
}
