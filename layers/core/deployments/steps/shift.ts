import { switchCron } from '@gantry/cluster/scaling.ts';
import { shiftTraffic } from '@gantry/cluster/traffic.ts';
import { secondsToLook } from '../../analysis/observe.ts';
import { retryStale, transact } from '../../kernel/transact.ts';
import type { ReleaseRecord, Share } from '../../records/deployments.ts';
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
import { releaseFor, watchedUntil } from '../release.ts';
import { changeDeployment, deploymentChange } from '../writes.ts';

export interface Shifted {
  /** The index of the next weight in the schedule; null when all traffic has moved. */
  readonly next: number | null;
  /** How long to wait before the next look at the release. */
  readonly bakeSeconds: number;
  /** How long this run will then have waited in all. */
  readonly bakedSeconds: number;
}

/**
 * Gives the release its share of traffic at index `place` of its schedule. The live release keeps the rest. At the end it
 * stays in the route without any traffic. A cron service runs the new release from now on. The run has waited for
 * `bakedSeconds` before. Throws Superseded when the route already carries a newer deployment's weights.
 */
export async function shift(ref: Attempt, place: number, bakedSeconds: number): Promise<Shifted> {
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
  const now = Date.now();
  const share = { weight, at: new Date(now).toISOString() };
  if (place + 1 === schedule.length) {
    await retryStale(() => recordShare(ref, place, share, bakedSeconds));
    return { next: null, bakeSeconds: 0, bakedSeconds };
  }
  const bakeSeconds = secondsToLook(now, now, watchedUntil(release, now));
  const baked = bakedSeconds + bakeSeconds;
  await retryStale(() => recordShare(ref, place, share, baked));
  return { next: place + 1, bakeSeconds, bakedSeconds: baked };
}

/** Some get all traffic at once: a rollback, a first release, a start after a stop, and a service without requests. */
function scheduleOf({ weights, id }: ReleaseRecord, { deployment, instance }: Progress): readonly number[] {
  const gradual =
    deployment.source.kind !== 'release' &&
    instance.host !== undefined &&
    instance.stoppedAt === undefined &&
    instance.liveReleaseId !== undefined &&
    instance.liveReleaseId !== id;
  return gradual ? weights : [100];
}

/** Records a share. A repeat keeps the time of the first. */
async function recordShare(ref: DeploymentRef, place: number, share: Share, bakedSeconds: number): Promise<void> {
  const progress = await readProgress(ref);
  requireCurrent(progress, ref);
  const { weight, shares = [] } = progress.deployment;
  if (weight === share.weight && shares.length > place) return;
  const { write, changed } = changeDeployment(progress.deployment, {
    weight: share.weight,
    shares: [...shares.slice(0, place), share],
    bakedSeconds,
  });
  await transact([write], deploymentChange('deployment.advanced', changed, DEPLOY_ACTOR));
}
