import { environment } from '@gantry/cloud/environment.ts';
import { objectSize } from '@gantry/cloud/s3.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { optional } from '../kernel/lookup.ts';
import { retryStale } from '../kernel/transact.ts';
import { type InstancePath, instanceAt } from '../records/deployment-lookups.ts';
import type { InstanceRecord } from '../records/deployments.ts';
import { requireActive } from '../records/project-guards.ts';
import { environmentAt, projectAt, serviceAt } from '../records/project-lookups.ts';
import { archiveKey } from '../source/archives.ts';
import { type Again, again, liveOrigin, originInFlight } from './again.ts';
import { enqueue } from './enqueue.ts';
import { newRecord } from './record.ts';

/** Queues a release of the live image with the present settings and variables. Throws Conflict when nothing is live. */
export function redeploy(caller: Caller, path: InstancePath): Promise<Deployment> {
  return retryStale(async () => {
    const { found } = await authorise(
      caller,
      'deployment.create',
      path,
      projectAt(path),
      serviceAt(path),
      environmentAt(path),
      optional(instanceAt(path)),
    );
    const [project, service, place, instance] = found;
    requireActive(project, service, place);
    const deployment = await againOf(path, instance, caller.userId);
    if (instance === undefined || deployment === undefined)
      throw new GantryError('Conflict', 'Nothing of this service is live in this environment yet: deploy it first.');
    return enqueue({ deployment, instance, slugs: undefined, actor: caller.userId });
  });
}

/** A deployment of the live image; undefined when nothing is live. */
async function againOf(path: InstancePath, instance: InstanceRecord | undefined, createdBy: string): Promise<Again> {
  const origin = await liveOrigin(instance);
  return origin && again(path, origin, createdBy);
}

/**
 * A deployment with changed variables: of the deployment in flight, so that a newer version is not lost, else of the live one; undefined without
 * either. `isBuilt` says that the build needs the variables: then the source is built again, except for an image of another registry. Throws Conflict
 * when an upload's archive is no longer kept.
 */
export async function deploymentOfChange(
  path: InstancePath,
  instance: InstanceRecord | undefined,
  createdBy: string,
  isBuilt: boolean,
): Promise<Again> {
  const origin = (await originInFlight(instance)) ?? (await liveOrigin(instance));
  if (origin === undefined || !isBuilt || origin.source.kind === 'image')
    return origin && again(path, origin, createdBy);
  const deployment = newRecord(path, origin.source, { createdBy });
  if (origin.source.kind !== 'upload') return deployment;
  await requireKept(path, origin.source.uploadId);
  const { archiveDigest } = origin;
  return { ...deployment, ...(archiveDigest && { archiveDigest }) };
}

async function requireKept({ teamId, serviceId }: InstancePath, uploadId: string): Promise<void> {
  const key = archiveKey({ teamId, serviceId, id: uploadId });
  if ((await objectSize(environment('UPLOADS_BUCKET'), key)) !== undefined) return;
  throw new GantryError(
    'Conflict',
    'A variable of the build changed, and the upload that is live is no longer kept to be built again: deploy the source anew, then apply.',
  );
}
