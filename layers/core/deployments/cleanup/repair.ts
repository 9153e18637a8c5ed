import { applyRelease } from '@gantry/cluster/releases.ts';
import { stopRelease } from '@gantry/cluster/scaling.ts';
import { shiftTraffic } from '@gantry/cluster/traffic.ts';
import { lookUp, optional } from '../../kernel/lookup.ts';
import { instanceAt, releaseAt } from '../../records/deployment-lookups.ts';
import type { InstanceRecord, ReleaseRecord } from '../../records/deployments.ts';
import type { InstanceKey } from '../../records/instances.ts';
import { releaseVariables } from '../../variables/release.ts';
import { underLease } from '../lease.ts';
import { specOf } from '../release.ts';
import { isWarm, restingWeights, tidyUnderLease } from './tidy.ts';

/**
 * Brings the cluster to the state in the table, whatever somebody changed by hand. That is: the live release and its route unless stopped, the
 * previous release while it stays started, and nothing else. An instance with a deployment in flight is skipped, because that deployment writes the
 * wanted state.
 */
export async function repair(key: InstanceKey): Promise<void> {
  const [instance] = await lookUp(optional(instanceAt(key)));
  if (instance === undefined || instance.activeDeploymentId !== undefined) return;
  await underLease(key, { generation: instance.generation, part: 'repair' }, async () => {
    const [current] = await lookUp(optional(instanceAt(key)));
    if (current?.version !== instance.version) return;
    await applyKept(current);
    await tidyUnderLease(key);
  });
}

async function applyKept(instance: InstanceRecord): Promise<void> {
  const { teamId, environmentId, serviceId, generation, host, liveReleaseId, previousReleaseId } = instance;
  const [live, previous] = await lookUp(
    optional(releaseAt(teamId, liveReleaseId ?? 'none')),
    optional(releaseAt(teamId, previousReleaseId ?? 'none')),
  );
  if (previous && isWarm(instance)) await applyWhole(previous, instance);
  else if (previous && previous.kind !== 'cron')
    await stopRelease({ environmentId, releaseId: previous.id, generation });
  if (live === undefined) return;
  await applyWhole(live, instance, instance.stoppedAt !== undefined);
  if (host === undefined) return;
  const weights = restingWeights(instance, live.id);
  await shiftTraffic({ teamId, projectId: instance.projectId, environmentId, serviceId, host, generation, weights });
}

async function applyWhole(release: ReleaseRecord, instance: InstanceRecord, isStopped = false): Promise<void> {
  const filled = await releaseVariables(instance, release.id);
  const spec = specOf(release, instance, instance.generation, filled);
  await applyRelease(isStopped ? { ...spec, replicas: 0 } : spec);
}
