import { releaseIdOf } from '@gantry/contract/ids.ts';
import { item } from '../../kernel/entity.ts';
import { eachLimited } from '../../kernel/limited.ts';
import { lookUp, optional } from '../../kernel/lookup.ts';
import { retryStale, transact } from '../../kernel/transact.ts';
import type { Write } from '../../kernel/write.ts';
import { deploymentAt } from '../../records/deployment-lookups.ts';
import {
  DeploymentEntity,
  type DeploymentRecord,
  HostEntity,
  InstanceEntity,
  type InstanceRecord,
  LeaseEntity,
  ReleaseEntity,
} from '../../records/deployments.ts';
import { HealthEntity } from '../../records/health.ts';
import { eraseTimings } from '../../timings/operations.ts';
import { eraseReleaseVariables } from '../../variables/release.ts';
import { leavePlace } from '../gateway.ts';
import { stopDeployment } from '../start.ts';
import { isInFlight } from '../status.ts';
import { endDeployment } from '../writes.ts';

/** The number of an instance's newest deployments that may still have a running function. */
const RECENT = 10;
const CONCURRENCY = 10;
const PAGE = 100;

/**
 * Cancels the deployment in flight of an instance and stops its machine; harmless when repeated. Answers when a deployment was last stopped, in
 * milliseconds since 1970, or 0. A function that ran then may write to the cluster until its time limit.
 */
export async function cancelInFlight(instance: InstanceRecord, actor: string): Promise<number> {
  const active = await retryStale(() => cancel(instance, actor));
  if (active !== undefined) await stopDeployment(active);
  const { serviceId, environmentId } = instance;
  const { data } = await DeploymentEntity.query
    .byInstance({ serviceId, environmentId })
    .go({ limit: RECENT, order: 'desc' });
  const stopped = [...data, ...(active ? [active] : [])]
    .filter(({ status }) => status === 'cancelled' || status === 'superseded')
    .map(({ finishedAt }) => Date.parse(finishedAt ?? ''));
  return Math.max(0, ...stopped.filter(Number.isFinite));
}

/** The deployment in flight after its cancellation; one that was already cancelled is answered again. */
async function cancel(instance: InstanceRecord, actor: string): Promise<DeploymentRecord | undefined> {
  const { teamId, activeDeploymentId } = instance;
  if (activeDeploymentId === undefined) return undefined;
  const [record] = await lookUp(optional(deploymentAt(teamId, activeDeploymentId)));
  if (record === undefined || !isInFlight(record.status)) return record?.status === 'cancelled' ? record : undefined;
  const detail = 'The service or environment is being deleted.';
  const { write, changed, change } = endDeployment(record, 'cancelled', { kind: 'Conflict', detail, lines: [] }, actor);
  await transact([write], change);
  return changed;
}

/**
 * Deletes the records of an instance: deployments, releases, and at last itself and its host name. Answers false when `deadline` (milliseconds since
 * 1970) passed first: call it again.
 */
export async function eraseInstance(instance: InstanceRecord, deadline: number): Promise<boolean> {
  const { teamId, serviceId, environmentId, host } = instance;
  let next: string | null = null;
  do {
    // The index is about a second late, but nothing was deployed since the deletion was requested.
    const query = DeploymentEntity.query.byInstance({ serviceId, environmentId });
    const { data, cursor }: { data: DeploymentRecord[]; cursor: string | null } = await query.go({
      limit: PAGE,
      cursor: next,
    });
    await eachLimited(data, CONCURRENCY, ({ id }) => eraseDeployment(teamId, id));
    if (cursor !== null && Date.now() >= deadline) return false;
    next = cursor;
  } while (next !== null);
  await eraseTimings(instance);
  await transact([
    // Without the instance its place is free already: a repeat must not free it twice.
    {
      item: item.remove(InstanceEntity.remove({ teamId, serviceId, environmentId })),
    },
    { item: item.remove(HealthEntity.delete({ teamId, serviceId, environmentId })) },
    { item: item.remove(LeaseEntity.delete({ teamId, serviceId, environmentId })) },
    ...(host === undefined ? [] : [releaseHost(host, instance), leavePlace(instance.shard)]),
  ]);
  return true;
}

function releaseHost(host: string, { serviceId, environmentId }: InstanceRecord): Write {
  return {
    item: item.remove(
      HostEntity.delete({ host }).where(
        (held, { eq, notExists }) =>
          `${notExists(held.serviceId)} OR (${eq(held.serviceId, serviceId)} AND ${eq(held.environmentId, environmentId)})`,
      ),
    ),
  };
}

async function eraseDeployment(teamId: string, id: string): Promise<void> {
  await eraseReleaseVariables(teamId, releaseIdOf(id));
  await ReleaseEntity.delete({ teamId, id: releaseIdOf(id) }).go();
  await DeploymentEntity.delete({ teamId, id }).go();
}
