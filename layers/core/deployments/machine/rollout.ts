import { releaseIdOf } from '@gantry/contract/ids.ts';
import { lookUp, optional } from '../../access.ts';
import { applyRelease } from '../../cluster/releases.ts';
import type { ReleaseSpec } from '../../cluster/spec.ts';
import { serviceAt } from '../../projects/lookups.ts';
import { releaseAt } from '../lookups.ts';
import { begin, type DeploymentRef, type Progress } from '../progress.ts';
import { ReleaseEntity, type ReleaseRecord } from '../store.ts';

/** What a web app is told to listen on unless its service says otherwise. */
const DEFAULT_PORT = 8080;

/** Applies the release beside the one that serves: the one just built, or the one that a rollback returns to. */
export async function rollout(ref: DeploymentRef, imageDigest: string | null): Promise<void> {
  const progress = await begin(ref, 'rollout', () => ({
    status: 'deploying',
    ...(imageDigest !== null && { imageDigest }),
  }));
  const release = await releaseFor(ref, progress);
  await applyRelease(specOf(release, progress, ref));
}

/** The release of a deployment as it was recorded; the first time a built one is seen, it is recorded. */
export async function releaseFor(ref: DeploymentRef, { deployment }: Progress): Promise<ReleaseRecord> {
  const id = deployment.rollbackTo ?? releaseIdOf(deployment.id);
  const [known] = await lookUp(optional(releaseAt(ref.teamId, id)));
  if (known) return known;
  const { repositoryUri, imageDigest } = deployment;
  if (repositoryUri === undefined || imageDigest === undefined)
    throw new Error(`${deployment.id} has no image to release`);
  const [service] = await lookUp(serviceAt(ref));
  const release = {
    teamId: ref.teamId,
    serviceId: ref.serviceId,
    environmentId: ref.environmentId,
    id,
    deploymentId: deployment.id,
    image: `${repositoryUri}@${imageDigest}`,
    port: service.runtime.port ?? DEFAULT_PORT,
    ...(service.runtime.startCommand !== null && { startCommand: service.runtime.startCommand }),
    replicas: service.scaling.minReplicas,
    ...(service.health.path !== null && { healthPath: service.health.path }),
    healthTimeoutSeconds: service.health.timeoutSeconds,
    createdAt: new Date().toISOString(),
  };
  await ReleaseEntity.put(release).go();
  return release;
}

/** What the cluster is asked for. */
export function specOf(release: ReleaseRecord, { deployment }: Progress, ref: DeploymentRef): ReleaseSpec {
  const { teamId, projectId, environmentId, serviceId } = ref;
  return {
    teamId,
    projectId,
    environmentId,
    serviceId,
    releaseId: release.id,
    generation: deployment.generation,
    kind: 'web',
    image: release.image,
    port: release.port,
    ...(release.startCommand !== undefined && { startCommand: release.startCommand }),
    variables: { GANTRY_DEPLOYMENT_ID: release.deploymentId, GANTRY_RELEASE_ID: release.id },
    health: { path: release.healthPath ?? null, timeoutSeconds: release.healthTimeoutSeconds },
    size: 'small',
    scaling: { minReplicas: release.replicas, maxReplicas: release.replicas },
    replicas: release.replicas,
  };
}
