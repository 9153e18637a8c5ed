import { lookUp, optional } from '../kernel/lookup.ts';
import { retryStale } from '../kernel/transact.ts';
import { deploymentAt, instanceAt, releaseAt } from '../records/deployment-lookups.ts';
import type { DeploymentRecord } from '../records/deployments.ts';
import type { InstanceKey } from '../records/instances.ts';
import { enqueue } from './enqueue.ts';
import { newRecord } from './record.ts';
import { changeDeployment, deploymentChange } from './writes.ts';

interface Fault {
  /** What is wrong with the live release, in sentences. */
  readonly detail: string;
  /** Its last lines of output. */
  readonly lines: readonly string[];
  /** Whether it began so soon after the release went live that the release is to blame. */
  isNew(live: DeploymentRecord): boolean;
}

/**
 * Queues a rollback from a live deployment to the previous release, and records the reason on the deployment. Does nothing
 * in these cases: another deployment is live or in flight, there is no previous release, the service is stopped, or the
 * live release came by a rollback. A repeat finds the rollback in flight.
 */
export function takeBackLive(key: InstanceKey, deploymentId: string, fault: Fault, actor: string): Promise<void> {
  return retryStale(async () => {
    const [instance, live] = await lookUp(optional(instanceAt(key)), optional(deploymentAt(key.teamId, deploymentId)));
    if (instance === undefined || live?.status !== 'live' || live.source.kind === 'release') return;
    const { activeDeploymentId, previousReleaseId, stoppedAt } = instance;
    if (instance.liveDeploymentId !== live.id || activeDeploymentId !== undefined) return;
    if (stoppedAt !== undefined || !fault.isNew(live)) return;
    const [previous] = await lookUp(optional(releaseAt(key.teamId, previousReleaseId ?? 'none')));
    if (previous === undefined || previous.kind === 'cron') return;
    const detail = `${fault.detail} Traffic returns to the previous release.`;
    const failed = changeDeployment(live, {
      reason: { kind: 'ReleaseFailed', step: 'finish', detail, lines: [...fault.lines] },
    });
    await enqueue({
      deployment: newRecord(instance, { kind: 'release', releaseId: previous.id }),
      instance,
      slugs: undefined,
      actor,
      writes: [failed.write],
      changes: [deploymentChange('deployment.advanced', failed.changed, actor)],
    });
  });
}
