import { GantryError } from '@gantry/contract/errors.ts';
import type { Deployment, NewDeployment, Rollback } from '@gantry/contract/schemas/deployments.ts';
import type { DeploymentPlan } from '@gantry/contract/schemas/plan.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { requireReplaceable } from '../databases/switch.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { type PageQuery, page, pageOptions } from '../kernel/page.ts';
import { retryStale } from '../kernel/transact.ts';
import { deploymentAt, type InstancePath, instanceAt, releaseAt } from '../records/deployment-lookups.ts';
import { DeploymentEntity, type DeploymentRecord } from '../records/deployments.ts';
import { requireActive } from '../records/project-guards.ts';
import { environmentAt, projectAt, serviceAt } from '../records/project-lookups.ts';
import { requireArchive, uploadAt } from '../source/operations.ts';
import { enqueue } from './enqueue.ts';
import { hostSlugs, newRecord, sourceOf } from './record.ts';
import { viewDeployment, wasLive } from './view.ts';

/** Queues a build and release of a service's source as it is now. A deployment in flight of the same instance is superseded. */
export function createDeployment(caller: Caller, path: InstancePath, input: NewDeployment): Promise<Deployment> {
  return retryStale(async () => {
    const { found } = await authorise(
      caller,
      'deployment.create',
      path,
      projectAt(path),
      serviceAt(path),
      environmentAt(path),
      optional(uploadAt(path.teamId, path.serviceId, input.uploadId ?? 'none')),
      optional(instanceAt(path)),
    );
    const [project, service, environment, upload, instance] = found;
    requireActive(project, service, environment);
    const source = sourceOf(service, environment, input);
    const sha256 = source.kind === 'upload' ? (await requireArchive(upload, source.uploadId)).sha256 : undefined;
    const deployment = newRecord(path, source, { createdBy: caller.userId });
    return enqueue({
      deployment: { ...deployment, ...(sha256 && { archiveDigest: sha256 }) },
      instance,
      slugs: hostSlugs(service, environment, project),
      actor: caller.userId,
    });
  });
}

/** Queues a rollback: to the previous release, or to that of the named deployment; with `data`, to other databases. */
export function rollBack(caller: Caller, path: InstancePath, { deploymentId, data }: Rollback): Promise<Deployment> {
  return retryStale(async () => {
    const { found } = await authorise(
      caller,
      'deployment.rollback',
      path,
      projectAt(path),
      serviceAt(path),
      environmentAt(path),
      instanceAt(path),
      ...(deploymentId === undefined ? [] : [deploymentAt(path.teamId, deploymentId)]),
    );
    const [project, service, environment, instance, target] = found;
    requireActive(project, service, environment);
    const rollbackTo = target === undefined ? instance.previousReleaseId : releaseOf(target, path);
    if (rollbackTo === undefined) {
      throw new GantryError('Conflict', 'There is no earlier release to return to: this service had only one so far.');
    }
    if (rollbackTo === instance.liveReleaseId) {
      throw new GantryError('Conflict', `Release ${rollbackTo} is already live.`);
    }
    const [release] = await lookUp(optional(releaseAt(path.teamId, rollbackTo)));
    if (release === undefined) {
      throw new GantryError(
        'Conflict',
        `Release ${rollbackTo} and its image are no longer kept. Deploy its source again.`,
      );
    }
    if (data !== undefined) {
      await authorise(caller, 'database.update', path);
      await requireReplaceable(path, data);
    }
    const source = { kind: 'release' as const, releaseId: rollbackTo, ...(data !== undefined && { data }) };
    return enqueue({
      deployment: newRecord(path, source, { createdBy: caller.userId }),
      instance,
      slugs: undefined,
      actor: caller.userId,
    });
  });
}

/** A deployment with its steps. */
export async function getDeployment(
  caller: Caller,
  path: InstancePath & { deploymentId: string },
): Promise<Deployment> {
  const { found } = await authorise(caller, 'deployment.read', path, deploymentAt(path.teamId, path.deploymentId));
  requireBelongs(found[0], path);
  const kept = await keptReleases(path, found);
  return viewDeployment(found[0], kept.has(found[0].releaseId));
}

/** How the build made the deployment's image. There are no decisions before the build ends, and none for a rollback. */
export async function planOf(caller: Caller, path: InstancePath & { deploymentId: string }): Promise<DeploymentPlan> {
  const { found } = await authorise(caller, 'deployment.read', path, deploymentAt(path.teamId, path.deploymentId));
  requireBelongs(found[0], path);
  return found[0].report?.plan ?? { decisions: [], notes: [] };
}

/** The deployments of a service in an environment, newest first. */
export async function listDeployments(caller: Caller, path: InstancePath, query: PageQuery) {
  await authorise(caller, 'deployment.read', path, projectAt(path), serviceAt(path), environmentAt(path));
  const { teamId, serviceId, environmentId } = path;
  let kept: ReadonlySet<string | undefined> = new Set();
  const run = async () => {
    const found = await DeploymentEntity.query
      .byInstance({ serviceId, environmentId })
      .where((attributes, { eq }) => eq(attributes.teamId, teamId))
      .go({ ...pageOptions(query), order: 'desc' });
    kept = await keptReleases(path, found.data);
    return found;
  };
  return page(query, run, (record) => viewDeployment(record, kept.has(record.releaseId)));
}

/** The deployments that a rollback may return to: those with a kept release, except the live one. */
async function keptReleases(
  path: InstancePath,
  records: readonly DeploymentRecord[],
): Promise<ReadonlySet<string | undefined>> {
  const ids = new Set(records.filter(wasLive).flatMap(({ releaseId = [] }) => releaseId));
  if (ids.size === 0) return ids;
  const [instance] = await lookUp(optional(instanceAt(path)));
  const found = await lookUp(...[...ids].map((id) => optional(releaseAt(path.teamId, id))));
  return new Set(found.map((release) => release?.id).filter((id) => id !== instance?.liveReleaseId));
}

/** A deployment of another service, environment or project than in the path counts as missing. */
export function requireBelongs(record: DeploymentRecord, path: InstancePath): void {
  const belongs =
    record.projectId === path.projectId &&
    record.serviceId === path.serviceId &&
    record.environmentId === path.environmentId;
  if (!belongs) throw new GantryError('NotFound', `There is no deployment ${record.id} here.`);
}

function releaseOf(target: DeploymentRecord, path: InstancePath): string {
  requireBelongs(target, path);
  if (target.releaseId === undefined) {
    throw new GantryError('Conflict', `Deployment ${target.id} never had a release that was live. Choose another.`);
  }
  return target.releaseId;
}
