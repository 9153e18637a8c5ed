import { type EventEnvelope, eventData, teamOf } from '@gantry/contract/events.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { retryStale } from '../kernel/transact.ts';
import { servicesOf } from '../projects/parts.ts';
import { deploymentAt, type InstancePath, instanceAt, releaseAt } from '../records/deployment-lookups.ts';
import type { DeploymentRecord } from '../records/deployments.ts';
import { environmentAt } from '../records/project-lookups.ts';
import { again, liveOrigin, originInFlight } from './again.ts';
import { enqueue } from './enqueue.ts';

/** The actor of the deployments that bring a new password. */
const ROTATION_ACTOR = 'rotation';

/**
 * Queues a deployment of each service whose live release uses a rotated database, so that its Secret gets the present
 * user. The same applies to a database that replaced another. A repeat queues nothing: a deployment after the event has
 * the present values already.
 */
export async function renewReleases(envelope: EventEnvelope): Promise<void> {
  const { databaseId, projectId, environmentId } = await subjectOf(envelope);
  const teamId = teamOf(envelope);
  const [environment] = await lookUp(optional(environmentAt({ teamId, projectId, environmentId })));
  if (environment === undefined || environment.deletingSince !== undefined) return;
  for (const { id: serviceId, deletingSince } of await servicesOf({ teamId, projectId })) {
    if (deletingSince !== undefined) continue;
    await retryStale(() => renew({ teamId, projectId, serviceId, environmentId }, databaseId, envelope.at));
  }
}

async function subjectOf(envelope: EventEnvelope) {
  const { name } = envelope;
  if (name !== 'database.switched') {
    const { id: databaseId, projectId, environmentId } = await eventData('database.rotated', envelope);
    return { databaseId, projectId, environmentId };
  }
  const { origin, projectId, environmentId } = await eventData(name, envelope);
  if (origin === null) throw new Error(`${envelope.aggregate.id} was restored from nothing`);
  return { databaseId: origin.databaseId, projectId, environmentId };
}

/** Whether it is the rollback that brought the other database. */
function hasReplaced({ source }: DeploymentRecord, databaseId: string): boolean {
  return source.kind === 'release' && source.data?.some((each) => each.databaseId === databaseId) === true;
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
  if (latest !== undefined && (latest.createdAt > since || hasReplaced(latest, databaseId))) return;
  const origin = (await originInFlight(instance)) ?? (await liveOrigin(instance));
  const deployment = origin && again(path, origin, undefined);
  if (deployment !== undefined) await enqueue({ deployment, instance, slugs: undefined, actor: ROTATION_ACTOR });
}
