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
  /** The index of the next weight in the schedule; null when all traffic has moved. */
  readonly next: number | null;
  /** How long to watch the release before the next weight. */
  readonly bakeSeconds: number;
}

/**
 * Gives the release its share of traffic at index `place` of its schedule. The live release keeps the rest, and stays in the route without any
 * traffic at the end. A cron service runs the new release from now on. Throws Superseded when the route already carries a newer deployment's weights.
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

/** The weight, and how long the release keeps it. */
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
