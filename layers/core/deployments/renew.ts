import { type EventEnvelope, eventData, teamOf } from '@gantry/contract/events.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { retryStale } from '../kernel/transact.ts';
import { servicesOf } from '../projects/parts.ts';
import { deploymentAt, type InstancePath, instanceAt, releaseAt } from '../records/deployment-lookups.ts';
import { environmentAt } from '../records/project-lookups.ts';
import { again, liveOrigin, originInFlight } from './again.ts';
import { enqueue } from './enqueue.ts';

/** The actor of the deployments that bring a new password. */
const ROTATION_ACTOR = 'rotation';

/**
 * Queues a deployment of each service whose live release uses the rotated database, so that its Secret gets the present user. A repeat queues nothing:
 * a deployment after the rotation has that user already.
 */
export async function renewReleases(envelope: EventEnvelope): Promise<void> {
  const { id: databaseId, projectId, environmentId } = await eventData('database.rotated', envelope);
  const teamId = teamOf(envelope);
  const [environment] = await lookUp(optional(environmentAt({ teamId, projectId, environmentId })));
  if (environment === undefined || environment.deletingSince !== undefined) return;
  for (const { id: serviceId, deletingSince } of await servicesOf({ teamId, projectId })) {
    if (deletingSince !== undefined) continue;
    await retryStale(() => renew({ teamId, projectId, serviceId, environmentId }, databaseId, envelope.at));
  }
}

async function renew(path: InstancePath, databaseId: string, since: string): Promise<void> {
  const { teamId } = path;
  const [instance] = await lookUp(optional(instanceAt(path)));
  if (instance?.liveReleaseId === undefined || instance.latestDeploymentId === undefined) return;
  const { liveReleaseId, latestDeploymentId } = instance;
  const [release, latest] = await lookUp(
    optional(releaseAt(teamId, liveReleaseId)),
    optional(deploymentAt(teamId, latestDeploymentId)),
  );
  if (release?.databases?.includes(databaseId) !== true) return;
  if (latest !== undefined && latest.createdAt > since) return;
  const origin = (await originInFlight(instance)) ?? (await liveOrigin(instance));
  const deployment = origin && again(path, origin, undefined);
  if (deployment !== undefined) await enqueue({ deployment, instance, slugs: undefined, actor: ROTATION_ACTOR });
}
