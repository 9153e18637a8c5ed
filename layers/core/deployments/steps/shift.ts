import { switchCron } from '@gantry/cluster/scaling.ts';
import { shiftTraffic } from '@gantry/cluster/traffic.ts';
import { retryStale, transact } from '../../kernel/transact.ts';
import type { ReleaseRecord } from '../../records/deployments.ts';
import {
  type Attempt,
  begin,
  DEPLOY_ACTOR,
  type DeploymentRef,
  type Progress,
  readProgress,
  requireCurrent,
  writing,
} from '../progress.ts';
import { releaseFor } from '../release.ts';
import { changeDeployment, deploymentChange } from '../writes.ts';

export interface Shifted {
  /** The place of the next weight in the schedule; null where all traffic has moved. */
  readonly next: number | null;
  /** How long to watch the release before that. */
  readonly bakeSeconds: number;
}

/**
 * Gives the release the share of traffic at `place` of its schedule; the live one keeps the rest, and stays in the route without any. A cron service runs by the
 * release from now on. Throws Superseded where the route already carries a
 * newer deployment's weights.
 */
export async function shift(ref: Attempt, place: number): Promise<Shifted> {
  const progress = await begin(place === 0 ? ref : { ...ref, attempt: 1 }, 'shift');
  const release = await releaseFor(ref, progress);
  const { host, liveReleaseId } = progress.instance;
  const schedule = scheduleOf(release, progress);
  const weight = schedule[place] ?? 100;
  const others = liveReleaseId === undefined || liveReleaseId === release.id ? [] : [liveReleaseId];
  await writing(ref, 'shift', async () => {
    if (release.kind === 'cron') await switchCron(ref.environmentId, ref.serviceId, release.id, ref.generation);
    if (host === undefined) return;
    const rest = others.map((releaseId) => ({ releaseId, weight: 100 - weight }));
    await shiftTraffic({ ...ref, host, weights: [{ releaseId: release.id, weight }, ...rest] });
  });
  const next = place + 1 < schedule.length ? place + 1 : null;
  await retryStale(() => recordWeight(ref, weight, next === null ? 0 : release.bakeSeconds));
  return { next, bakeSeconds: release.bakeSeconds };
}

/** A rollback, a first release, one that comes after a stop and what takes no requests move at once. */
function scheduleOf({ weights, id }: ReleaseRecord, { deployment, instance }: Progress): readonly number[] {
  const gradual =
    deployment.source.kind !== 'release' &&
    instance.host !== undefined &&
    instance.stoppedAt === undefined &&
    instance.liveReleaseId !== undefined &&
    instance.liveReleaseId !== id;
  return gradual ? weights : [100];
}

/** The weight, and how long it is left at that. */
async function recordWeight(ref: DeploymentRef, weight: number, bakeSeconds: number): Promise<void> {
  const progress = await readProgress(ref);
  requireCurrent(progress, ref);
  if (progress.deployment.weight === weight) return;
  const { write, changed } = changeDeployment(progress.deployment, {
    weight,
    bakedSeconds: progress.deployment.bakedSeconds + bakeSeconds,
  });
  await transact([write], deploymentChange('deployment.advanced', changed, DEPLOY_ACTOR));
}
