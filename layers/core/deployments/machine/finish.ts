import { lookUp, optional } from '../../access.ts';
import { listReleases, removeRelease } from '../../cluster/releases.ts';
import { retryStale, transact } from '../../transact.ts';
import { urlOf } from '../host.ts';
import { deploymentAt } from '../lookups.ts';
import { begin, DEPLOY_ACTOR, type DeploymentRef, type Progress, readProgress, requireInFlight } from '../progress.ts';
import { endSteps } from '../steps.ts';
import { changeDeployment, changeInstance, deploymentChange } from '../writes.ts';
import { releaseFor } from './rollout.ts';

/** Records the deployment as live and prunes releases that are neither live nor the one before. */
export async function finish(ref: DeploymentRef): Promise<{ url: string }> {
  if ((await readProgress(ref)).deployment.status !== 'live') {
    await begin(ref, 'finish');
    await retryStale(() => goLive(ref));
  }
  const { instance } = await readProgress(ref);
  const kept = [instance.liveReleaseId, instance.previousReleaseId];
  for (const { releaseId } of await listReleases(ref.environmentId, ref.serviceId)) {
    if (!kept.includes(releaseId)) await removeRelease({ ...ref, releaseId });
  }
  return { url: urlOf(instance.host) };
}

async function goLive(ref: DeploymentRef): Promise<void> {
  const progress = await readProgress(ref);
  requireInFlight(progress);
  const { deployment, instance } = progress;
  const release = await releaseFor(ref, progress);
  const at = new Date().toISOString();
  const live = changeDeployment(deployment, {
    status: 'live',
    steps: endSteps(deployment.steps, 'succeeded', at),
    releaseId: release.id,
    url: urlOf(instance.host),
    finishedAt: at,
  });
  const retired = await retire(progress);
  await transact(
    [
      live.write,
      changeInstance(
        instance,
        {
          liveDeploymentId: deployment.id,
          liveReleaseId: release.id,
          ...(instance.liveReleaseId !== undefined && { previousReleaseId: instance.liveReleaseId }),
        },
        ['activeDeploymentId'],
      ),
      ...(retired ? [retired.write] : []),
    ],
    deploymentChange('deployment.finished', live.changed, DEPLOY_ACTOR),
    ...(retired ? [deploymentChange('deployment.finished', retired.changed, DEPLOY_ACTOR)] : []),
  );
}

/** The change of the deployment that was live until now. */
async function retire({ deployment, instance }: Progress) {
  if (instance.liveDeploymentId === undefined) return undefined;
  const [before] = await lookUp(optional(deploymentAt(instance.teamId, instance.liveDeploymentId)));
  if (before?.status !== 'live') return undefined;
  return changeDeployment(before, { status: deployment.rollbackTo === undefined ? 'removed' : 'rolled_back' });
}
