import { releaseIdOf } from '@gantry/contract/ids.ts';
import type { Reason } from '@gantry/contract/schemas/deployments.ts';
import { lookUp, optional } from '../../access.ts';
import { removeRelease } from '../../cluster/releases.ts';
import { readTraffic, shiftTraffic } from '../../cluster/traffic.ts';
import { retryStale, transact } from '../../transact.ts';
import { deploymentAt, instanceAt } from '../lookups.ts';
import { DEPLOY_ACTOR, type DeploymentRef, readProgress } from '../progress.ts';
import { isInFlight } from '../status.ts';
import { beginStep, endSteps, runningStep } from '../steps.ts';
import { changeDeployment, changeInstance, deploymentChange } from '../writes.ts';
import { type Failure, reasonFor } from './failure.ts';

/**
 * Leaves the earlier release serving, removes what the deployment made and writes down why. Harmless where the deployment was
 * superseded meanwhile: then only what it made is removed. Where its records are gone, so is what it made: a deletion took them.
 */
export async function revert(ref: DeploymentRef, failure: Failure): Promise<void> {
  const [deployment, instance] = await lookUp(
    optional(deploymentAt(ref.teamId, ref.deploymentId)),
    optional(instanceAt(ref)),
  );
  if (deployment === undefined || instance === undefined) return;
  const reason = await reasonFor(failure, deployment.id, runningStep(deployment.steps));
  await restoreTraffic(ref);
  await retryStale(() => fail(ref, reason));
  await removeOwnRelease(ref);
}

/** Gives traffic back to the live release where the failed deployment had already taken it. */
async function restoreTraffic(ref: DeploymentRef): Promise<void> {
  const { deployment, instance } = await readProgress(ref);
  const traffic = await readTraffic(ref.environmentId, ref.serviceId);
  const { liveReleaseId } = instance;
  if (traffic?.generation !== deployment.generation || liveReleaseId === undefined) return;
  await shiftTraffic({
    ...ref,
    host: instance.host,
    generation: deployment.generation,
    weights: [{ releaseId: liveReleaseId, weight: 100 }],
  });
}

async function fail(ref: DeploymentRef, reason: Reason): Promise<void> {
  const { deployment, instance } = await readProgress(ref);
  if (!isInFlight(deployment.status)) return;
  const at = new Date().toISOString();
  const { write, changed } = changeDeployment(deployment, {
    status: 'failed',
    steps: endSteps(beginStep(endSteps(deployment.steps, 'failed', at), 'revert', at), 'succeeded', at),
    reason,
    finishedAt: at,
  });
  const writes =
    instance.activeDeploymentId === deployment.id ? [changeInstance(instance, {}, ['activeDeploymentId'])] : [];
  await transact([write, ...writes], deploymentChange('deployment.finished', changed, DEPLOY_ACTOR));
}

/** A rollback made no release of its own; what it returned to stays. */
async function removeOwnRelease(ref: DeploymentRef): Promise<void> {
  const { deployment, instance } = await readProgress(ref);
  const own = releaseIdOf(deployment.id);
  if (deployment.rollbackTo !== undefined || own === instance.liveReleaseId || own === instance.previousReleaseId)
    return;
  await removeRelease({ ...ref, releaseId: own });
}
