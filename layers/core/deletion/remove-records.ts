import { eraseAlerts } from '../alerts/erase.ts';
import { eraseBackups } from '../databases/erase.ts';
import { eraseInstance } from '../deployments/cleanup/erase.ts';
import { item } from '../kernel/entity.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { retryStale, transact } from '../kernel/transact.ts';
import type { Write } from '../kernel/write.ts';
import { repositoryWrites } from '../projects/repositories.ts';
import { releaseSlug } from '../projects/slugs.ts';
import { viewEnvironment, viewProject, viewService } from '../projects/view.ts';
import { eraseSpans } from '../records/metrics.ts';
import { environmentAt, type ProjectPath, projectAt, serviceAt } from '../records/project-lookups.ts';
import {
  EnvironmentEntity,
  type EnvironmentRecord,
  ProjectCountEntity,
  ProjectEntity,
  ServiceEntity,
  type ServiceRecord,
} from '../records/projects.ts';
import { eraseUploads } from '../source/removal.ts';
import { eraseVariables } from '../variables/erase.ts';
import { DELETE_ACTOR, environmentsIn, instancesIn, servicesIn, type Target } from './target.ts';

/**
 * Removes records from the leaves up, so that a repeat finds the remaining ones. Each service, environment and project
 * is removed in one transaction with its slug, its place in the quota and its event. Answers `more` if `deadline`
 * (milliseconds since 1970) passed first.
 */
export async function removeRecords(target: Target, deadline: number): Promise<{ more: boolean }> {
  for (const instance of await instancesIn(target)) {
    if (!(await eraseSpans(instance, deadline))) return { more: true };
    if (!(await eraseInstance(instance, deadline)) || Date.now() >= deadline) return { more: true };
  }
  if (!(await eraseAlerts(target, deadline))) return { more: true };
  if (!(await eraseVariables(target, deadline)) || Date.now() >= deadline) return { more: true };
  if (target.kind !== 'service') {
    const { teamId, projectId } = target;
    const environmentId = target.kind === 'environment' ? target.environmentId : undefined;
    if (!(await eraseBackups({ teamId, projectId, environmentId }, deadline))) return { more: true };
  }
  for (const service of await servicesIn(target)) {
    if (!(await eraseUploads(target.teamId, service.id, deadline)) || Date.now() >= deadline) return { more: true };
    await retryStale(() => removeService(target, service));
  }
  for (const environment of await environmentsIn(target)) {
    await retryStale(() => removeEnvironment(target, environment));
  }
  if (target.kind === 'project') await retryStale(() => removeProject(target));
  return { more: false };
}

async function removeService(path: ProjectPath, { id: serviceId }: ServiceRecord): Promise<void> {
  const { teamId, projectId } = path;
  const [project, service] = await lookUp(optional(projectAt(path)), optional(serviceAt({ ...path, serviceId })));
  if (project === undefined || service === undefined) return;
  const version = service.version + 1;
  await transact(
    [
      {
        item: item.remove(
          ServiceEntity.remove({ teamId, projectId, id: serviceId }).where((known, { eq }) =>
            eq(known.version, service.version),
          ),
        ),
      },
      releaseSlug(teamId, `service#${projectId}`, service.slug, serviceId),
      uncount(path, 'services'),
      ...repositoryWrites({ ...path, serviceId }, service),
    ],
    {
      name: 'service.deleted',
      teamId,
      actor: DELETE_ACTOR,
      aggregate: { id: serviceId, version },
      data: viewService({ ...service, version }, project),
    },
  );
}

async function removeEnvironment(path: ProjectPath, { id: environmentId }: EnvironmentRecord): Promise<void> {
  const { teamId, projectId } = path;
  const [project, environment] = await lookUp(
    optional(projectAt(path)),
    optional(environmentAt({ ...path, environmentId })),
  );
  if (project === undefined || environment === undefined) return;
  const version = environment.version + 1;
  await transact(
    [
      {
        item: item.remove(
          EnvironmentEntity.remove({ teamId, projectId, id: environmentId }).where((known, { eq }) =>
            eq(known.version, environment.version),
          ),
        ),
      },
      releaseSlug(teamId, `environment#${projectId}`, environment.slug, environmentId),
      uncount(path, 'environments'),
    ],
    {
      name: 'environment.deleted',
      teamId,
      actor: DELETE_ACTOR,
      aggregate: { id: environmentId, version },
      data: viewEnvironment({ ...environment, version }, project),
    },
  );
}

async function removeProject({ teamId, projectId }: ProjectPath): Promise<void> {
  const [project] = await lookUp(optional(projectAt({ teamId, projectId })));
  if (project === undefined) return;
  const version = project.version + 1;
  await transact(
    [
      {
        item: item.remove(
          ProjectEntity.remove({ teamId, id: projectId }).where((known, { eq }) => eq(known.version, project.version)),
        ),
      },
      releaseSlug(teamId, 'project', project.slug, projectId),
      { item: item.update(ProjectCountEntity.patch({ teamId }).subtract({ projects: 1 })) },
    ],
    {
      name: 'project.deleted',
      teamId,
      actor: DELETE_ACTOR,
      aggregate: { id: projectId, version },
      data: viewProject({ ...project, version }),
    },
  );
}

function uncount({ teamId, projectId }: ProjectPath, what: 'environments' | 'services'): Write {
  return { item: item.update(ProjectEntity.patch({ teamId, id: projectId }).subtract({ [what]: 1 })) };
}
