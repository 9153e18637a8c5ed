import { environment } from '@gantry/cloud/environment.ts';
import { objectSize } from '@gantry/cloud/s3.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { authorise, lookUp, optional } from '../access.ts';
import type { Caller } from '../caller.ts';
import { requireActive } from '../projects/guards.ts';
import { environmentAt, projectAt, serviceAt } from '../projects/lookups.ts';
import { archiveKey } from '../source/archives.ts';
import { retryStale } from '../transact.ts';
import { deploymentAt, type InstancePath, instanceAt, releaseAt } from './lookups.ts';
import { enqueue } from './queue.ts';
import { newRecord } from './record.ts';
import type { DeploymentRecord, InstanceRecord } from './store.ts';

/** Queues the release of the live image with the service's settings and variables as they are now. Throws Conflict where nothing is live. */
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

/** A deployment of what is live, with its image; undefined where nothing is. */
export async function againOf(
  path: InstancePath,
  instance: InstanceRecord | undefined,
  createdBy: string,
): Promise<Omit<DeploymentRecord, 'generation'> | undefined> {
  const origin = await liveOrigin(instance);
  if (origin === undefined) return undefined;
  const { source, repositoryUri, imageDigest } = origin;
  return {
    ...newRecord(path, source, { createdBy }),
    ...(repositoryUri !== undefined && { repositoryUri }),
    ...(imageDigest !== undefined && { imageDigest }),
  };
}

/**
 * The same, with its source built again; an image of another registry is not. Throws Conflict where the archive of an upload is no longer kept.
 */
export async function rebuildOf(
  path: InstancePath,
  instance: InstanceRecord | undefined,
  createdBy: string,
): Promise<Omit<DeploymentRecord, 'generation'> | undefined> {
  const origin = await liveOrigin(instance);
  if (origin === undefined || origin.source.kind === 'image') return againOf(path, instance, createdBy);
  if (origin.source.kind === 'upload') await requireKept(path, origin.source.uploadId);
  return newRecord(path, origin.source, { createdBy });
}

/** The deployment whose release is live: not the one that returned to it. */
async function liveOrigin(instance: InstanceRecord | undefined): Promise<DeploymentRecord | undefined> {
  if (instance?.liveReleaseId === undefined) return undefined;
  const { teamId } = instance;
  const [release] = await lookUp(releaseAt(teamId, instance.liveReleaseId));
  const [origin] = await lookUp(deploymentAt(teamId, release.deploymentId));
  return origin;
}

async function requireKept({ teamId, serviceId }: InstancePath, uploadId: string): Promise<void> {
  const key = archiveKey({ teamId, serviceId, id: uploadId });
  if ((await objectSize(environment('UPLOADS_BUCKET'), key)) !== undefined) return;
  throw new GantryError(
    'Conflict',
    'A variable of the build changed, and the upload that is live is no longer kept to be built again: deploy the source anew, then apply.',
  );
}
