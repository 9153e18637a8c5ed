import { item } from '../kernel/entity.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { retryStale, transact } from '../kernel/transact.ts';
import { type ProjectPath, projectAt, serviceAt } from '../records/project-lookups.ts';
import { ServiceEntity, type ServiceRecord } from '../records/projects.ts';
import { viewService } from './view.ts';

/**
 * Gives a service the present name of its repository, and answers the service; undefined when it is gone. An older service, without the number of its
 * repository, is found by the name, which then stays. A repeat changes nothing.
 */
export function nameRepository(
  path: ProjectPath & { readonly serviceId: string },
  fullName: string,
  actor: string,
): Promise<ServiceRecord | undefined> {
  return retryStale(async () => {
    const [project, service] = await lookUp(optional(projectAt(path)), optional(serviceAt(path)));
    if (project === undefined || service === undefined) return undefined;
    const { teamId, projectId, id, repositoryId } = service;
    if (service.source.kind !== 'github' || repositoryId === undefined) return service;
    if (service.source.repository === fullName) return service;
    const source = { ...service.source, repository: fullName };
    const changed = { ...service, source, version: service.version + 1 };
    const renamed = ServiceEntity.patch({ teamId, projectId, id })
      .set({ source, version: changed.version })
      .where(({ version }, { eq }) => eq(version, service.version));
    const data = viewService(changed, project);
    await transact([{ item: item.update(renamed) }], {
      name: 'service.updated',
      teamId,
      actor,
      aggregate: changed,
      data,
    });
    return changed;
  });
}
