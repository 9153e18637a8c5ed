import { isDeepStrictEqual } from 'node:util';
import { listReleases, removeRelease } from '@gantry/cluster/releases.ts';
import type { Weight } from '@gantry/cluster/route.ts';
import { stopRelease, switchCron } from '@gantry/cluster/scaling.ts';
import { readTraffic, removeRoute, shiftTraffic } from '@gantry/cluster/traffic.ts';
import { lookUp, optional } from '../../kernel/lookup.ts';
import { retryStale, transact } from '../../kernel/transact.ts';
import { deploymentAt, instanceAt, releaseAt } from '../../records/deployment-lookups.ts';
import type { DeploymentRecord, InstanceRecord } from '../../records/deployments.ts';
import type { InstanceKey } from '../../records/instances.ts';
import { underLease } from '../lease.ts';
import { DEPLOY_ACTOR } from '../progress.ts';
import { releaseOf } from '../release.ts';
import { endSteps, runningStep } from '../steps.ts';
import { changeDeployment, deploymentChange } from '../writes.ts';

/**
 * Takes away what ended deployments have left of an instance in the cluster: traffic that is not where the table has it, and releases that are
 * neither live, nor the one before, nor on their way. Of a stopped instance nothing runs any more. Harmless when repeated, and where the instance is gone: a deletion took it all.
 */
export async function tidy(key: InstanceKey): Promise<void> {
  const [instance] = await lookUp(optional(instanceAt(key)));
  if (instance === undefined) return;
  await underLease(key, { generation: instance.generation, part: 'tidy' }, () => tidyUnderLease(key));
}

/** The same for whoever holds the lease. */
export async function tidyUnderLease(key: InstanceKey): Promise<void> {
  const [instance] = await lookUp(optional(instanceAt(key)));
  if (instance === undefined) return;
  const active = await activeIn(instance);
  await returnTraffic(instance, active);
  await returnSchedule(instance, active);
  await keepStopped(instance, active);
  await prune(instance, active);
}

/** Gives back the traffic that a deployment on its way has taken, before it ends. For whoever holds the lease. */
export async function giveBack(key: InstanceKey): Promise<void> {
  const [instance] = await lookUp(optional(instanceAt(key)));
  if (instance !== undefined) await returnTraffic(instance, undefined);
}

/** Records that what a failed deployment made is gone: the end of its step `revert`. */
export async function endRevert(teamId: string, deploymentId: string): Promise<void> {
  await retryStale(async () => {
    const [record] = await lookUp(optional(deploymentAt(teamId, deploymentId)));
    if (record === undefined || runningStep(record.steps) !== 'revert') return;
    const steps = endSteps(record.steps, { status: 'succeeded', at: new Date().toISOString() });
    const { write, changed } = changeDeployment(record, { steps });
    await transact([write], deploymentChange('deployment.advanced', changed, DEPLOY_ACTOR));
  });
}

async function activeIn({ teamId, activeDeploymentId }: InstanceRecord): Promise<DeploymentRecord | undefined> {
  if (activeDeploymentId === undefined) return undefined;
  const [active] = await lookUp(optional(deploymentAt(teamId, activeDeploymentId)));
  return active;
}

/** Gives traffic back to the live release, unless whoever wrote the route last is still on its way. */
async function returnTraffic(instance: InstanceRecord, active: DeploymentRecord | undefined): Promise<void> {
  const { environmentId, serviceId, host, generation, liveReleaseId } = instance;
  if (host === undefined) return;
  const traffic = await readTraffic(environmentId, serviceId);
  if (traffic === undefined || traffic.generation === active?.generation) return;
  if (liveReleaseId === undefined) {
    await removeRoute(environmentId, serviceId);
    return;
  }
  const weights = restingWeights(instance, liveReleaseId);
  if (isDeepStrictEqual(weights, traffic.weights)) return;
  await shiftTraffic({ ...instance, host, generation, weights });
}

/** All traffic to the live release; the one before stays known to the load balancer while it is warm, so that a rollback finds it healthy there. */
export function restingWeights(instance: InstanceRecord, liveReleaseId: string): Weight[] {
  const { previousReleaseId } = instance;
  const warm = previousReleaseId !== undefined && isWarm(instance);
  return [{ releaseId: liveReleaseId, weight: 100 }, ...(warm ? [{ releaseId: previousReleaseId, weight: 0 }] : [])];
}

/** Whether the release before the live one is to stay started. */
export function isWarm({ warmUntil }: InstanceRecord): boolean {
  return warmUntil !== undefined && Date.parse(warmUntil) > Date.now();
}

/** A cron service runs by its live release, and by none where it is stopped, unless one on its way has been switched on already. */
async function returnSchedule(instance: InstanceRecord, active: DeploymentRecord | undefined): Promise<void> {
  const { teamId, environmentId, serviceId, generation, liveReleaseId, stoppedAt } = instance;
  if (liveReleaseId === undefined || active?.weight === 100) return;
  const [live] = await lookUp(optional(releaseAt(teamId, liveReleaseId)));
  const wanted = stoppedAt === undefined ? liveReleaseId : undefined;
  if (live?.kind === 'cron') await switchCron(environmentId, serviceId, wanted, generation);
}

/** Lets nothing run of an instance that is stopped, but for what a deployment on its way starts. */
async function keepStopped(instance: InstanceRecord, active: DeploymentRecord | undefined): Promise<void> {
  const { environmentId, generation, liveReleaseId, previousReleaseId, stoppedAt } = instance;
  if (stoppedAt === undefined) return;
  const starting = active && releaseOf(active);
  for (const releaseId of [liveReleaseId, previousReleaseId]) {
    if (releaseId !== undefined && releaseId !== starting) await stopRelease({ environmentId, releaseId, generation });
  }
}

async function prune(instance: InstanceRecord, active: DeploymentRecord | undefined): Promise<void> {
  const { environmentId, serviceId, liveReleaseId, previousReleaseId } = instance;
  const kept = [liveReleaseId, previousReleaseId, active && releaseOf(active)];
  for (const { releaseId } of await listReleases(environmentId, serviceId)) {
    if (!kept.includes(releaseId)) await removeRelease({ environmentId, releaseId });
  }
}
