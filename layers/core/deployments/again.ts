import { lookUp, optional } from '../kernel/lookup.ts';
import { deploymentAt, type InstancePath, releaseAt } from '../records/deployment-lookups.ts';
import type { DeploymentRecord, InstanceRecord } from '../records/deployments.ts';
import { newRecord } from './record.ts';
import { isInFlight } from './status.ts';

/** A deployment that is not queued yet. */
export type Again = Omit<DeploymentRecord, 'generation'> | undefined;

function by(createdBy: string | undefined) {
  return createdBy === undefined ? {} : { createdBy };
}

/** A deployment of the same source and image. `createdBy` is undefined where the platform itself queues it. */
export function again(path: InstancePath, origin: DeploymentRecord, createdBy: string | undefined): Again {
  const { source, repositoryUri, imageDigest, report } = origin;
  return {
    ...newRecord(path, source, by(createdBy)),
    ...(repositoryUri !== undefined && { repositoryUri }),
    ...(imageDigest !== undefined && { imageDigest }),
    ...(report !== undefined && { report }),
  };
}

/** The deployment that is on its way, or the one that a release on its way back was made by. */
export async function originInFlight(instance: InstanceRecord | undefined): Promise<DeploymentRecord | undefined> {
  if (instance?.activeDeploymentId === undefined) return undefined;
  const { teamId, activeDeploymentId } = instance;
  const [active] = await lookUp(optional(deploymentAt(teamId, activeDeploymentId)));
  if (active === undefined || !isInFlight(active.status)) return undefined;
  return active.source.kind === 'release' ? originOf(teamId, active.source.releaseId) : active;
}

/** The deployment that the live release was made by. */
export async function liveOrigin(instance: InstanceRecord | undefined): Promise<DeploymentRecord | undefined> {
  return instance?.liveReleaseId === undefined ? undefined : originOf(instance.teamId, instance.liveReleaseId);
}

/** The deployment that made a release, not one that rolled back to it. */
async function originOf(teamId: string, releaseId: string): Promise<DeploymentRecord> {
  const [release] = await lookUp(releaseAt(teamId, releaseId));
  const [origin] = await lookUp(deploymentAt(teamId, release.deploymentId));
  return origin;
}
