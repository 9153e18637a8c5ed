import { lookUp, optional } from '../../kernel/lookup.ts';
import { retryStale } from '../../kernel/transact.ts';
import { deploymentAt, instanceAt, releaseAt } from '../../records/deployment-lookups.ts';
import { HEALTH_ACTOR, type HealthRecord } from '../../records/health.ts';
import type { InstanceKey } from '../../records/instances.ts';
import { enqueue } from '../enqueue.ts';
import { newRecord } from '../record.ts';
import { changeDeployment, deploymentChange } from '../writes.ts';

/** A release that begins to crash within this time after it went live is rolled back, in milliseconds. */
const WATCHED_MS = 60_000;

/**
 * Rolls back a release that crashes soon after it went live: queues a rollback to the previous release, and records the reason on the deployment.
 * Does nothing when another deployment is in flight, when there is no previous release, or when the crashing one came by a rollback. A repeat finds
 * the rollback in flight.
 */
export async function takeBack(
  key: InstanceKey,
  { state, since, detail = '', lines, liveDeploymentId }: HealthRecord,
): Promise<void> {
  if (state !== 'crashing' || liveDeploymentId === undefined) return;
  await retryStale(async () => {
    const [instance, live] = await lookUp(
      optional(instanceAt(key)),
      optional(deploymentAt(key.teamId, liveDeploymentId)),
    );
    if (instance === undefined || live?.status !== 'live' || live.source.kind === 'release') return;
    const { activeDeploymentId, previousReleaseId, stoppedAt } = instance;
    if (instance.liveDeploymentId !== live.id || activeDeploymentId !== undefined) return;
    if (stoppedAt !== undefined) return;
    if (Date.parse(since) - Date.parse(live.finishedAt ?? '') > WATCHED_MS) return;
    const [previous] = await lookUp(optional(releaseAt(key.teamId, previousReleaseId ?? 'none')));
    if (previous === undefined || previous.kind === 'cron') return;
    const told = `${detail} Traffic returns to the previous release.`;
    const failed = changeDeployment(live, {
      reason: { kind: 'ReleaseFailed', step: 'finish', detail: told, lines: [...lines] },
    });
    await enqueue({
      deployment: newRecord(instance, { kind: 'release', releaseId: previous.id }),
      instance,
      slugs: undefined,
      actor: HEALTH_ACTOR,
      writes: [failed.write],
      changes: [deploymentChange('deployment.advanced', failed.changed, HEALTH_ACTOR)],
    });
  });
}
