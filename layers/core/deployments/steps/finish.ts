import { stopRelease } from '@gantry/cluster/scaling.ts';
import { switching } from '../../databases/switch.ts';
import { item } from '../../kernel/entity.ts';
import { urlOf } from '../../kernel/host.ts';
import { lookUp, optional } from '../../kernel/lookup.ts';
import { retryStale, transact } from '../../kernel/transact.ts';
import type { Write } from '../../kernel/write.ts';
import { deploymentAt, releaseAt } from '../../records/deployment-lookups.ts';
import { type InstanceRecord, ReleaseEntity, type ReleaseRecord } from '../../records/deployments.ts';
import { tidyUnderLease } from '../cleanup/tidy.ts';
import {
  type Attempt,
  begin,
  DEPLOY_ACTOR,
  type Progress,
  readProgress,
  requireCurrent,
  writing,
} from '../progress.ts';
import { releaseFor } from '../release.ts';
import { endSteps } from '../steps.ts';
import { changeDeployment, changeInstance, deploymentChange } from '../writes.ts';

/** Records the deployment as live, and removes all releases but the live and the previous one. */
export async function finish(ref: Attempt): Promise<void> {
  if ((await readProgress(ref)).deployment.status !== 'live') {
    await begin(ref, 'finish');
    await retryStale(() => goLive(ref));
  }
  await writing(ref, 'finish', async () => {
    await stopWorkerBefore(ref);
    await tidyUnderLease(ref);
  });
}

/** Two releases of a worker run side by side only while the newer one starts. */
async function stopWorkerBefore(ref: Attempt): Promise<void> {
  const { instance } = await readProgress(ref);
  const [before] = await lookUp(optional(releaseAt(ref.teamId, instance.previousReleaseId ?? 'none')));
  if (before?.kind !== 'worker') return;
  await stopRelease({ environmentId: ref.environmentId, releaseId: before.id, generation: ref.generation });
}

async function goLive(ref: Attempt): Promise<void> {
  const progress = await readProgress(ref);
  requireCurrent(progress, ref);
  const { deployment, instance } = progress;
  const release = await releaseFor(ref, progress);
  const at = new Date();
  const live = changeDeployment(deployment, {
    status: 'live',
    steps: endSteps(deployment.steps, { status: 'succeeded', at: at.toISOString() }),
    releaseId: release.id,
    ...(instance.host !== undefined && { url: urlOf(instance.host) }),
    weight: 100,
    finishedAt: at.toISOString(),
  });
  const retired = await retire(progress);
  const { source } = deployment;
  const replacements = source.kind === 'release' ? (source.data ?? []) : [];
  const switched = await switching(ref, replacements, DEPLOY_ACTOR);
  await transact(
    [
      live.write,
      changeInstance(
        instance,
        { liveDeploymentId: deployment.id, liveReleaseId: release.id, ...before(instance, release, at) },
        ['activeDeploymentId', 'stoppedAt', 'stoppedBy'],
      ),
      ...(retired ? [retired.write] : []),
      ...(release.liveAt === undefined ? [firstLive(release, at)] : []),
      ...switched.writes,
    ],
    deploymentChange('deployment.finished', live.changed, DEPLOY_ACTOR),
    ...(retired ? [deploymentChange('deployment.finished', retired.changed, DEPLOY_ACTOR)] : []),
    ...switched.changes,
  );
}

/** The previous live release stays warm for rollback, unless the service is no web service or is stopped. */
function before({ liveReleaseId, stoppedAt }: InstanceRecord, release: ReleaseRecord, at: Date) {
  if (liveReleaseId === undefined || liveReleaseId === release.id) return {};
  if (release.kind !== 'web' || stoppedAt !== undefined) return { previousReleaseId: liveReleaseId };
  const warmUntil = new Date(at.getTime() + release.warmMinutes * 60_000).toISOString();
  return { previousReleaseId: liveReleaseId, warmUntil };
}

function firstLive({ teamId, id }: ReleaseRecord, at: Date): Write {
  return { item: item.update(ReleaseEntity.patch({ teamId, id }).set({ liveAt: at.toISOString() })) };
}

/** The change to the deployment that was live until now. */
async function retire({ deployment, instance }: Progress) {
  if (instance.liveDeploymentId === undefined) return undefined;
  const [last] = await lookUp(optional(deploymentAt(instance.teamId, instance.liveDeploymentId)));
  if (last?.status !== 'live') return undefined;
  const { source } = deployment;
  const status = source.kind === 'release' && source.started !== true ? 'rolled_back' : 'removed';
  return changeDeployment(last, { status, weight: 0 });
}
