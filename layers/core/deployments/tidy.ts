import { lookUp, optional } from '../access.ts';
import { listReleases, removeRelease } from '../cluster/releases.ts';
import { readTraffic, removeRoute, shiftTraffic } from '../cluster/traffic.ts';
import { retryStale, transact } from '../transact.ts';
import { type InstanceKey, underLease } from './lease.ts';
import { deploymentAt, instanceAt } from './lookups.ts';
import { DEPLOY_ACTOR } from './progress.ts';
import { releaseOf } from './release.ts';
import { endSteps, runningStep } from './steps.ts';
import type { DeploymentRecord, InstanceRecord } from './store.ts';
import { changeDeployment, deploymentChange } from './writes.ts';

/**
 * Takes away what ended deployments have left of an instance in the cluster: traffic that is not where the table has it, and releases that are
 * neither live, nor the one before, nor on their way. Harmless when repeated, and where the instance is gone: a deletion took it all.
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
  await prune(instance, active);
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
  const settled = traffic.weights.length === 1 && traffic.weights[0]?.releaseId === liveReleaseId;
  if (settled) return;
  await shiftTraffic({ ...instance, host, generation, weights: [{ releaseId: liveReleaseId, weight: 100 }] });
}

async function prune(instance: InstanceRecord, active: DeploymentRecord | undefined): Promise<void> {
  const { environmentId, serviceId, liveReleaseId, previousReleaseId } = instance;
  const kept = [liveReleaseId, previousReleaseId, active && releaseOf(active)];
  for (const { releaseId } of await listReleases(environmentId, serviceId)) {
    if (!kept.includes(releaseId)) await removeRelease({ environmentId, releaseId });
  }
}
