import { newId } from '@gantry/contract/ids.ts';
import { quotas } from '@gantry/contract/quotas.ts';
import type {
  Confirmation,
  Environment,
  EnvironmentChange,
  NewEnvironment,
} from '@gantry/contract/schemas/projects.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { item } from '../kernel/entity.ts';
import { willAnswer } from '../kernel/idempotency/execution.ts';
import { type PageQuery, page, pageOptions } from '../kernel/page.ts';
import { retryStale, transact } from '../kernel/transact.ts';
import type { Write } from '../kernel/write.ts';
import { requireActive, requireRoom, requireVersion } from '../records/project-guards.ts';
import { environmentAt, type ProjectPath, projectAt } from '../records/project-lookups.ts';
import { EnvironmentEntity, type EnvironmentRecord, ProjectEntity } from '../records/projects.ts';
import { PRODUCTION } from './branch.ts';
import { isUnderWay, requireConfirmed } from './deletion.ts';
import { claiming, claimSlug } from './slugs.ts';
import { viewEnvironment } from './view.ts';

type EnvironmentPath = ProjectPath & { readonly environmentId: string };

/** Creates an environment. */
export function createEnvironment(caller: Caller, path: ProjectPath, input: NewEnvironment): Promise<Environment> {
  const create = async () => {
    const { found } = await authorise(caller, 'environment.create', path, projectAt(path));
    const [project] = found;
    requireActive(project);
    requireRoom(project.environments, quotas.environmentsPerProject, 'environments in a project');
    const { slug, name = slug, branch } = input;
    const environment = {
      ...path,
      id: newId('environment'),
      slug,
      name,
      ...(typeof branch === 'string' && { branch }),
      createdAt: new Date().toISOString(),
      version: 1,
    };
    const data = willAnswer(viewEnvironment(environment, project));
    await transact(
      [
        claimSlug(path.teamId, `environment#${path.projectId}`, slug, environment.id),
        countEnvironment(path),
        { item: item.put(EnvironmentEntity.create(environment)) },
      ],
      { name: 'environment.created', teamId: path.teamId, actor: caller.userId, aggregate: environment, data },
    );
    return data;
  };
  return claiming(() => retryStale(create));
}

function countEnvironment({ teamId, projectId }: ProjectPath): Write {
  return {
    item: item.update(
      ProjectEntity.patch({ teamId, id: projectId })
        .add({ environments: 1 })
        .where(
          ({ environments, deletingSince }, { lt, notExists }) =>
            `${lt(environments, quotas.environmentsPerProject)} AND ${notExists(deletingSince)}`,
        ),
    ),
  };
}

/** An environment. */
export async function getEnvironment(caller: Caller, path: EnvironmentPath): Promise<Environment> {
  const { found } = await authorise(caller, 'environment.read', path, projectAt(path), environmentAt(path));
  return viewEnvironment(found[1], found[0]);
}

/** A project's environments, oldest first. */
export async function listEnvironments(caller: Caller, path: ProjectPath, query: PageQuery) {
  const { found } = await authorise(caller, 'environment.read', path, projectAt(path));
  return page(
    query,
    () => EnvironmentEntity.query.primary(path).go(pageOptions(query)),
    (record) => viewEnvironment(record, found[0]),
  );
}

/** Changes an environment's display name and branch. Throws PreconditionFailed if its version is not `ifMatch`. */
export function updateEnvironment(
  caller: Caller,
  path: EnvironmentPath,
  change: EnvironmentChange,
  ifMatch?: number,
): Promise<Environment> {
  return retryStale(async () => {
    const { found } = await authorise(caller, 'environment.update', path, projectAt(path), environmentAt(path));
    const [project, environment] = found;
    requireActive(project, environment);
    requireVersion(environment, ifMatch);
    if (Object.keys(change).length === 0) return viewEnvironment(environment, project);
    const { name = environment.name, branch = environment.branch ?? null } = change;
    const patch = { name, ...(branch !== null && { branch }), version: environment.version + 1 };
    const { branch: _, ...rest } = environment;
    const changed = { ...rest, ...patch };
    const data = viewEnvironment(changed, project);
    await transact([changeEnvironment(environment, patch, branch === null ? ['branch'] : [])], {
      name: 'environment.updated',
      teamId: path.teamId,
      actor: caller.userId,
      aggregate: changed,
      data,
    });
    return data;
  });
}

/** Requests an environment's deletion, which machine `delete` carries out. Another request changes nothing. */
export function deleteEnvironment(
  caller: Caller,
  path: EnvironmentPath,
  { confirm }: Confirmation,
): Promise<Environment> {
  return retryStale(async () => {
    const { found } = await authorise(caller, 'environment.delete', path, projectAt(path), environmentAt(path));
    const [project, environment] = found;
    if (isUnderWay(project) || isUnderWay(environment)) return viewEnvironment(environment, project);
    const isProduction = environment.slug === PRODUCTION;
    requireConfirmed(confirm, project.slug, isProduction ? 'This is the environment production' : undefined);
    const patch = { deletingSince: new Date().toISOString(), version: environment.version + 1 };
    const changed = { ...environment, ...patch };
    const data = viewEnvironment(changed, project);
    await transact([changeEnvironment(environment, patch)], {
      name: 'environment.deletion-requested',
      teamId: path.teamId,
      actor: caller.userId,
      aggregate: changed,
      data,
    });
    return data;
  });
}

function changeEnvironment(
  { teamId, projectId, id, version: known }: EnvironmentRecord,
  patch: Partial<Pick<EnvironmentRecord, 'name' | 'branch' | 'deletingSince'>> & { readonly version: number },
  removed: readonly 'branch'[] = [],
): Write {
  return {
    item: item.update(
      EnvironmentEntity.patch({ teamId, projectId, id })
        .set(patch)
        .remove([...removed])
        .where(({ version }, { eq }) => eq(version, known)),
    ),
  };
}
