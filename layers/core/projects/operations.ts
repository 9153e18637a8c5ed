import { GantryError } from '@gantry/contract/errors.ts';
import { newId } from '@gantry/contract/ids.ts';
import type {
  Environment,
  NewEnvironment,
  NewProject,
  NewService,
  Project,
  Service,
} from '@gantry/contract/schemas/projects.ts';
import { authorise } from '../access.ts';
import type { Caller } from '../caller.ts';
import { item } from '../entity.ts';
import { willAnswer } from '../idempotency/execution.ts';
import { type PageQuery, page, pageOptions } from '../page.ts';
import { transact, type Write } from '../transact.ts';
import { type ProjectPath, projectAt, serviceAt } from './lookups.ts';
import { EnvironmentEntity, ProjectEntity, ServiceEntity, SlugEntity } from './store.ts';
import { viewEnvironment, viewProject, viewService } from './view.ts';

/** How long a new release may take to become healthy unless its service says otherwise: a node may have to start on AWS. */
const DEFAULT_HEALTH_TIMEOUT_SECONDS = 300;

/** Creates a project with its first environment, `production`. */
export async function createProject(
  caller: Caller,
  { teamId }: { teamId: string },
  input: NewProject,
): Promise<Project> {
  await authorise(caller, 'project.create', teamId);
  const createdAt = new Date().toISOString();
  const { slug, name = slug } = input;
  const project = { teamId, id: newId('project'), slug, name, createdAt, version: 1 };
  const production = {
    teamId,
    projectId: project.id,
    id: newId('environment'),
    slug: 'production',
    createdAt,
    version: 1,
  };
  const reply = willAnswer(viewProject(project));
  const common = { teamId, actor: caller.userId };
  await transact(
    [
      claimSlug(teamId, 'project', slug, project.id),
      { item: item.put(ProjectEntity.create(project)) },
      claimSlug(teamId, `environment#${project.id}`, production.slug, production.id),
      { item: item.put(EnvironmentEntity.create(production)) },
    ],
    { ...common, name: 'project.created', aggregate: project, data: reply },
    { ...common, name: 'environment.created', aggregate: production, data: viewEnvironment(production) },
  );
  return reply;
}

/** One project. */
export async function getProject(caller: Caller, path: ProjectPath): Promise<Project> {
  const { found } = await authorise(caller, 'project.read', path.teamId, projectAt(path));
  return viewProject(found[0]);
}

/** A team's projects, oldest first. */
export async function listProjects(caller: Caller, { teamId }: { teamId: string }, query: PageQuery) {
  await authorise(caller, 'project.read', teamId);
  return page(query, () => ProjectEntity.query.primary({ teamId }).go(pageOptions(query)), viewProject);
}

/** Creates an environment. */
export async function createEnvironment(
  caller: Caller,
  path: ProjectPath,
  { slug }: NewEnvironment,
): Promise<Environment> {
  await authorise(caller, 'environment.create', path.teamId, projectAt(path));
  const environment = { ...path, id: newId('environment'), slug, createdAt: new Date().toISOString(), version: 1 };
  const reply = willAnswer(viewEnvironment(environment));
  await transact(
    [
      claimSlug(path.teamId, `environment#${path.projectId}`, slug, environment.id),
      { item: item.put(EnvironmentEntity.create(environment)) },
    ],
    {
      name: 'environment.created',
      teamId: path.teamId,
      actor: caller.userId,
      aggregate: environment,
      data: reply,
    },
  );
  return reply;
}

/** A project's environments, oldest first. */
export async function listEnvironments(caller: Caller, path: ProjectPath, query: PageQuery) {
  await authorise(caller, 'environment.read', path.teamId, projectAt(path));
  return page(query, () => EnvironmentEntity.query.primary(path).go(pageOptions(query)), viewEnvironment);
}

/** Creates a service. */
export async function createService(caller: Caller, path: ProjectPath, input: NewService): Promise<Service> {
  await authorise(caller, 'service.create', path.teamId, projectAt(path));
  const { path: healthPath, timeoutSeconds = DEFAULT_HEALTH_TIMEOUT_SECONDS } = input.health ?? {};
  const service = {
    ...path,
    id: newId('service'),
    slug: input.slug,
    kind: input.kind ?? 'web',
    rootFolder: input.rootFolder ?? '',
    health: { timeoutSeconds, ...(typeof healthPath === 'string' && { path: healthPath }) },
    createdAt: new Date().toISOString(),
    version: 1,
  };
  const reply = willAnswer(viewService(service));
  await transact(
    [
      claimSlug(path.teamId, `service#${path.projectId}`, input.slug, service.id),
      { item: item.put(ServiceEntity.create(service)) },
    ],
    {
      name: 'service.created',
      teamId: path.teamId,
      actor: caller.userId,
      aggregate: service,
      data: reply,
    },
  );
  return reply;
}

/** One service. */
export async function getService(caller: Caller, path: ProjectPath & { serviceId: string }): Promise<Service> {
  const { found } = await authorise(caller, 'service.read', path.teamId, projectAt(path), serviceAt(path));
  return viewService(found[1]);
}

/** A project's services, oldest first. */
export async function listServices(caller: Caller, path: ProjectPath, query: PageQuery) {
  await authorise(caller, 'service.read', path.teamId, projectAt(path));
  return page(query, () => ServiceEntity.query.primary(path).go(pageOptions(query)), viewService);
}

function claimSlug(teamId: string, scope: string, slug: string, target: string): Write {
  const [what = ''] = scope.split('#');
  return {
    item: item.put(SlugEntity.create({ teamId, scope, slug, target })),
    otherwise: new GantryError('Conflict', `There is already a ${what} called ${slug} here. Choose another name.`, [
      { field: 'body.slug', message: 'is taken' },
    ]),
  };
}
