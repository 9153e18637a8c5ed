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
import { rehearsalReleaseOf } from '../rehearsal.ts';
import { releaseOf } from '../release.ts';
import { endSteps, runningStep } from '../steps.ts';
import { changeDeployment, deploymentChange } from '../writes.ts';

/**
 * Removes the leftovers of ended deployments from the cluster: traffic that differs from the table, and releases that are neither live, nor the
 * previous one, nor in flight. A stopped instance runs nothing at all. Harmless when repeated, and when a deletion has removed the instance.
 */
export async function tidy(key: InstanceKey): Promise<void> {
  const [instance] = await lookUp(optional(instanceAt(key)));
  if (instance === undefined) return;
  await underLease(key, { generation: instance.generation, part: 'tidy' }, () => tidyUnderLease(key));
}

/** The same for a caller that holds the lease. */
export async function tidyUnderLease(key: InstanceKey): Promise<void> {
  const [instance] = await lookUp(optional(instanceAt(key)));
  if (instance === undefined) return;
  const active = await activeIn(instance);
  await returnTraffic(instance, active);
  await returnSchedule(instance, active);
  await keepStopped(instance, active);
  await prune(instance, active);
}

/** Moves traffic back from a deployment in flight before it ends. The caller holds the lease. */
export async function giveBack(key: InstanceKey): Promise<void> {
  const [instance] = await lookUp(optional(instanceAt(key)));
  if (instance !== undefined) await returnTraffic(instance, undefined);
}

/** Records that the changes of a failed deployment are undone: the end of its step `revert`. */
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

/** Moves traffic back to the live release, unless the last writer of the route is still in flight. */
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

/**
 * Sends all traffic to the live release. The previous release stays known to the load balancer while it is warm, so that a rollback finds it healthy.
 */
export function restingWeights(instance: InstanceRecord, liveReleaseId: string): Weight[] {
  const { previousReleaseId } = instance;
  const warm = previousReleaseId !== undefined && isWarm(instance);
  return [{ releaseId: liveReleaseId, weight: 100 }, ...(warm ? [{ releaseId: previousReleaseId, weight: 0 }] : [])];
}

/** Whether the previous release stays started. */
export function isWarm({ warmUntil }: InstanceRecord): boolean {
  return warmUntil !== undefined && Date.parse(warmUntil) > Date.now();
}

/** A cron service runs its live release, or none while stopped, unless a release in flight is switched on already. */
async function returnSchedule(instance: InstanceRecord, active: DeploymentRecord | undefined): Promise<void> {
  const { teamId, environmentId, serviceId, generation, liveReleaseId, stoppedAt } = instance;
  if (liveReleaseId === undefined || active?.weight === 100) return;
  const [live] = await lookUp(optional(releaseAt(teamId, liveReleaseId)));
  const wanted = stoppedAt === undefined ? liveReleaseId : undefined;
  if (live?.kind === 'cron') await switchCron(environmentId, serviceId, wanted, generation);
}

/** Stops everything of a stopped instance except a deployment in flight. */
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
  const kept = [liveReleaseId, previousReleaseId, active && releaseOf(active), active && rehearsalReleaseOf(active)];
  for (const { releaseId } of await listReleases(environmentId, serviceId)) {
    if (!kept.includes(releaseId)) await removeRelease({ environmentId, releaseId });
  }
}
