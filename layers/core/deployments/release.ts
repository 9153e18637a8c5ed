import { releaseIdOf } from '@gantry/contract/ids.ts';
import { lookUp, optional } from '../access.ts';
import type { ReleaseSpec } from '../cluster/spec.ts';
import { serviceAt } from '../projects/lookups.ts';
import { releaseAt } from './lookups.ts';
import type { DeploymentRef, Progress } from './progress.ts';
import { type DeploymentRecord, type InstanceRecord, ReleaseEntity, type ReleaseRecord } from './store.ts';

/** What a web app is told to listen on unless its service says otherwise. */
const DEFAULT_PORT = 8080;

/** The release that a deployment brings: the one it returns to, or its own. */
export function releaseOf({ id, source }: Pick<DeploymentRecord, 'id' | 'source'>): string {
  return source.kind === 'release' ? source.releaseId : releaseIdOf(id);
}

/**
 * The release of a deployment as it was recorded; the first time that a built one is asked for, it is recorded: its image, and the service's
 * settings as they are then.
 */
export async function releaseFor(ref: DeploymentRef, { deployment }: Progress): Promise<ReleaseRecord> {
  const id = releaseOf(deployment);
  const [known] = await lookUp(optional(releaseAt(ref.teamId, id)));
  if (known) return known;
  const { repositoryUri, imageDigest } = deployment;
  if (repositoryUri === undefined || imageDigest === undefined)
    throw new Error(`${deployment.id} has no image to release`);
  const [{ kind, schedule, runtime, release: settings, health, scaling }] = await lookUp(serviceAt(ref));
  const release = {
    teamId: ref.teamId,
    serviceId: ref.serviceId,
    environmentId: ref.environmentId,
    id,
    deploymentId: deployment.id,
    image: `${repositoryUri}@${imageDigest}`,
    kind,
    ...(kind === 'web' && { port: runtime.port ?? DEFAULT_PORT }),
    ...(schedule !== undefined && { schedule }),
    ...(runtime.startCommand !== null && { startCommand: runtime.startCommand }),
    ...(settings.command !== null && { releaseCommand: settings.command }),
    commandTimeoutSeconds: settings.commandTimeoutSeconds,
    size: scaling.size,
    minReplicas: scaling.minReplicas,
    maxReplicas: scaling.maxReplicas,
    weights: [...settings.weights],
    bakeSeconds: settings.bakeSeconds,
    warmMinutes: settings.warmMinutes,
    ...(health.path !== null && { healthPath: health.path }),
    healthTimeoutSeconds: health.timeoutSeconds,
    createdAt: new Date().toISOString(),
  };
  await ReleaseEntity.put(release).go();
  return release;
}

/** What the cluster is asked for; `generation` is that of whoever asks. */
export function specOf(
  release: ReleaseRecord,
  { projectId }: Pick<InstanceRecord, 'projectId'>,
  generation: number,
): ReleaseSpec {
  const { teamId, environmentId, serviceId } = release;
  return {
    teamId,
    projectId,
    environmentId,
    serviceId,
    releaseId: release.id,
    generation,
    image: release.image,
    kind: release.kind,
    port: release.port ?? null,
    ...(release.schedule !== undefined && { schedule: release.schedule }),
    ...(release.startCommand !== undefined && { startCommand: release.startCommand }),
    variables: { GANTRY_DEPLOYMENT_ID: release.deploymentId, GANTRY_RELEASE_ID: release.id },
    health: { path: release.healthPath ?? null, timeoutSeconds: release.healthTimeoutSeconds },
    ...(release.releaseCommand !== undefined && {
      releaseCommand: release.releaseCommand,
      commandTimeoutSeconds: release.commandTimeoutSeconds,
    }),
    size: release.size,
    scaling: { minReplicas: release.minReplicas, maxReplicas: release.maxReplicas },
    replicas: release.minReplicas,
  };
}
