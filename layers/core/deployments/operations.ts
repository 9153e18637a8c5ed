import { GantryError } from '@gantry/contract/errors.ts';
import { newId } from '@gantry/contract/ids.ts';
import type { Deployment, NewDeployment, Rollback } from '@gantry/contract/schemas/deployments.ts';
import type { Service } from '@gantry/contract/schemas/services.ts';
import { newTraceId } from '@gantry/contract/trace.ts';
import { authorise, lookUp, optional } from '../access.ts';
import type { Caller } from '../caller.ts';
import { type PageQuery, page, pageOptions } from '../page.ts';
import { requireActive } from '../projects/guards.ts';
import { environmentAt, projectAt, serviceAt } from '../projects/lookups.ts';
import { currentTraceId } from '../request.ts';
import { requireArchive, uploadAt } from '../source/operations.ts';
import { retryStale } from '../transact.ts';
import { deploymentAt, type InstancePath, instanceAt, releaseAt } from './lookups.ts';
import { enqueue } from './queue.ts';
import { DeploymentEntity, type DeploymentRecord } from './store.ts';
import { viewDeployment } from './view.ts';

/** Queues the build and release of an upload. A deployment of the same service and environment in flight is superseded. */
export function createDeployment(caller: Caller, path: InstancePath, { uploadId }: NewDeployment): Promise<Deployment> {
  return retryStale(async () => {
    const { found } = await authorise(
      caller,
      'deployment.create',
      path,
      projectAt(path),
      serviceAt(path),
      environmentAt(path),
      uploadAt(path.teamId, path.serviceId, uploadId),
      optional(instanceAt(path)),
    );
    const [project, service, environment, upload, instance] = found;
    requireActive(project, service, environment);
    requireDeployable(service);
    await requireArchive(upload);
    return enqueue({
      deployment: newRecord(caller, path, { uploadId }),
      instance,
      slugs: service.kind === 'web' ? [service.slug, environment.slug, project.slug] : undefined,
      actor: caller.userId,
    });
  });
}

/** Queues the return of traffic to an earlier release: the one before the live one, or that of the deployment named. */
export function rollBack(caller: Caller, path: InstancePath, { deploymentId }: Rollback): Promise<Deployment> {
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
        `Release ${rollbackTo} is no longer kept, nor its image. Deploy its source again.`,
      );
    }
    return enqueue({
      deployment: newRecord(caller, path, { rollbackTo }),
      instance,
      slugs: undefined,
      actor: caller.userId,
    });
  });
}

/** One deployment with its steps. */
export async function getDeployment(
  caller: Caller,
  path: InstancePath & { deploymentId: string },
): Promise<Deployment> {
  const { found } = await authorise(caller, 'deployment.read', path, deploymentAt(path.teamId, path.deploymentId));
  requireBelongs(found[0], path);
  return viewDeployment(found[0]);
}

/** The deployments of a service in an environment, newest first. */
export async function listDeployments(caller: Caller, path: InstancePath, query: PageQuery) {
  await authorise(caller, 'deployment.read', path, projectAt(path), serviceAt(path), environmentAt(path));
  const { teamId, serviceId, environmentId } = path;
  const run = () =>
    DeploymentEntity.query
      .byInstance({ serviceId, environmentId })
      .where((attributes, { eq }) => eq(attributes.teamId, teamId))
      .go({ ...pageOptions(query), order: 'desc' });
  return page(query, run, viewDeployment);
}

/** A deployment that stands under another service, environment or project than the path says is not there. */
export function requireBelongs(record: DeploymentRecord, path: InstancePath): void {
  const belongs =
    record.projectId === path.projectId &&
    record.serviceId === path.serviceId &&
    record.environmentId === path.environmentId;
  if (!belongs) throw new GantryError('NotFound', `There is no deployment ${record.id} here.`);
}

/** Throws a Conflict where the service has a source that is stored and not deployed yet. */
function requireDeployable({ slug, source }: Pick<Service, 'slug' | 'source'>): void {
  if (source.kind !== 'upload') {
    const detail = `The source of ${slug} is ${source.kind}, which cannot be deployed so far. Set its source to upload to deploy an archive.`;
    throw new GantryError('Conflict', detail);
  }
}

function releaseOf(target: DeploymentRecord, path: InstancePath): string {
  requireBelongs(target, path);
  if (target.releaseId === undefined) {
    throw new GantryError('Conflict', `Deployment ${target.id} never had a release that was live. Choose another.`);
  }
  return target.releaseId;
}

function newRecord(
  caller: Caller,
  path: InstancePath,
  source: { readonly uploadId: string } | { readonly rollbackTo: string },
): Omit<DeploymentRecord, 'generation'> {
  const { teamId, projectId, serviceId, environmentId } = path;
  const now = new Date().toISOString();
  return {
    teamId,
    projectId,
    serviceId,
    environmentId,
    ...source,
    id: newId('deployment'),
    status: 'queued',
    run: 1,
    weight: 0,
    bakedSeconds: 0,
    steps: [],
    traceId: currentTraceId() ?? newTraceId(),
    createdBy: caller.userId,
    createdAt: now,
    queuedAt: now,
    version: 1,
  };
}
