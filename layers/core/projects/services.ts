import { newId } from '@gantry/contract/ids.ts';
import { quotas } from '@gantry/contract/quotas.ts';
import type { NewService, Service, ServiceChange } from '@gantry/contract/schemas/services.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { item } from '../kernel/entity.ts';
import { willAnswer } from '../kernel/idempotency/execution.ts';
import { type PageQuery, page, pageOptions } from '../kernel/page.ts';
import { retryStale, transact } from '../kernel/transact.ts';
import type { Write } from '../kernel/write.ts';
import { databasesOf } from '../records/databases.ts';
import { requireActive, requireRoom, requireVersion } from '../records/project-guards.ts';
import { type ProjectPath, projectAt, serviceAt } from '../records/project-lookups.ts';
import { ProjectEntity, type ProjectRecord, ServiceEntity, type ServiceRecord } from '../records/projects.ts';
import { isUnderWay } from './deletion.ts';
import { connectSource, repositoryWrites } from './repositories.ts';
import { changedSettings, newSettings, type ServiceSettings } from './settings.ts';
import { claiming, claimSlug, nameTaken } from './slugs.ts';
import { viewService } from './view.ts';

type ServicePath = ProjectPath & { readonly serviceId: string };

/** Creates a service. */
export function createService(caller: Caller, path: ProjectPath, input: NewService): Promise<Service> {
  const create = async () => {
    const { found } = await authorise(caller, 'service.create', path, projectAt(path));
    const [project] = found;
    requireActive(project);
    requireRoom(project.services, quotas.servicesPerProject, 'services in a project');
    if ((await databasesOf(path)).some(({ slug }) => slug === input.slug)) throw nameTaken('database', input.slug);
    const settings = newSettings(input);
    const { writes, ...recorded } = await connectSource(caller, path.teamId, settings.source);
    const service = {
      ...path,
      ...settings,
      ...recorded,
      id: newId('service'),
      slug: input.slug,
      kind: input.kind ?? 'web',
      createdAt: new Date().toISOString(),
      version: 1,
    };
    const data = willAnswer(viewService(service, project));
    await transact(
      [
        claimSlug(path.teamId, `service#${path.projectId}`, input.slug, service.id),
        countService(project),
        { item: item.put(ServiceEntity.create(service)) },
        ...writes,
        ...repositoryWrites({ ...path, serviceId: service.id }, undefined, service),
      ],
      { name: 'service.created', teamId: path.teamId, actor: caller.userId, aggregate: service, data },
    );
    return data;
  };
  return claiming(() => retryStale(create));
}

/**
 * The write fails if a database was made or removed since the project was read, because its name may be the service's.
 */
function countService({ teamId, id, databases: known }: ProjectRecord): Write {
  return {
    item: item.update(
      ProjectEntity.patch({ teamId, id })
        .add({ services: 1 })
        .where(
          ({ services, databases, deletingSince }, { eq, lt, notExists }) =>
            `${lt(services, quotas.servicesPerProject)} AND ${notExists(deletingSince)} AND ${known === undefined ? notExists(databases) : eq(databases, known)}`,
        ),
    ),
  };
}

/** A service. */
export async function getService(caller: Caller, path: ServicePath): Promise<Service> {
  const { found } = await authorise(caller, 'service.read', path, projectAt(path), serviceAt(path));
  return viewService(found[1], found[0]);
}

/** A project's services, oldest first. */
export async function listServices(caller: Caller, path: ProjectPath, query: PageQuery) {
  const { found } = await authorise(caller, 'service.read', path, projectAt(path));
  return page(
    query,
    () => ServiceEntity.query.primary(path).go(pageOptions(query)),
    (record) => viewService(record, found[0]),
  );
}

/** Changes a service's name and settings. Throws PreconditionFailed if its version is not `ifMatch`. */
export function updateService(
  caller: Caller,
  path: ServicePath,
  change: ServiceChange,
  ifMatch?: number,
): Promise<Service> {
  return retryStale(async () => {
    const { found } = await authorise(caller, 'service.update', path, projectAt(path), serviceAt(path));
    const [project, service] = found;
    requireActive(project, service);
    requireVersion(service, ifMatch);
    if (Object.keys(change).length === 0) return viewService(service, project);
    const settings = changedSettings(service, change);
    const reset: readonly Removable[] = change.schedule === null ? ['schedule', 'timezone'] : [];
    if (change.source === undefined)
      return commitChange(caller, 'service.updated', { project, service }, settings, { removed: reset });
    const { writes, ...recorded } = await connectSource(caller, path.teamId, change.source);
    return commitChange(
      caller,
      'service.updated',
      { project, service },
      { ...settings, ...recorded },
      {
        removed: [...reset, ...(recorded.repositoryId === undefined ? ['repositoryId' as const] : [])],
        writes: [...writes, ...repositoryWrites(path, service, recorded)],
      },
    );
  });
}

/** Requests a service's deletion in all environments, which machine `delete` carries out. Another request changes nothing. */
export function deleteService(caller: Caller, path: ServicePath): Promise<Service> {
  return retryStale(async () => {
    const { found } = await authorise(caller, 'service.delete', path, projectAt(path), serviceAt(path));
    const [project, service] = found;
    if (isUnderWay(project) || isUnderWay(service)) return viewService(service, project);
    const deletingSince = new Date().toISOString();
    return commitChange(caller, 'service.deletion-requested', { project, service }, { deletingSince });
  });
}

type Removable = 'credential' | 'repositoryId' | 'schedule' | 'timezone';
type Patch = Partial<ServiceSettings & Pick<ServiceRecord, 'deletingSince' | 'credential' | 'repositoryId'>>;

/** Commits a change to a service as its next version, with its event, and answers it. Throws StaleWrite when its version has changed. */
export async function commitChange(
  caller: Caller,
  name: 'service.updated' | 'service.deletion-requested',
  { project, service }: { readonly project: ProjectRecord; readonly service: ServiceRecord },
  patch: Patch,
  { removed = [], writes = [] }: { readonly removed?: readonly Removable[]; readonly writes?: readonly Write[] } = {},
): Promise<Service> {
  const { teamId, projectId, id } = service;
  const changed = { ...service, ...patch, version: service.version + 1 };
  for (const attribute of removed) delete changed[attribute];
  const data = viewService(changed, project);
  const write = {
    item: item.update(
      ServiceEntity.patch({ teamId, projectId, id })
        .set({ ...patch, version: changed.version })
        .remove([...removed])
        .where(({ version }, { eq }) => eq(version, service.version)),
    ),
  };
  await transact([write, ...writes], { name, teamId, actor: caller.userId, aggregate: changed, data });
  return data;
}
