import type { InstanceHealth } from '@gantry/contract/schemas/health.ts';
import { derivedId } from '../../kernel/derived-id.ts';
import type { HealthRecord } from '../../records/health.ts';
import type { InstanceKey } from '../../records/instances.ts';

/** The id of an instance's health: always the same for the same service and environment. */
export function healthIdOf({ serviceId, environmentId }: Pick<InstanceKey, 'serviceId' | 'environmentId'>): string {
  return derivedId('health', `${serviceId} ${environmentId}`);
}

export function viewHealth(record: HealthRecord): InstanceHealth {
  const { teamId, projectId, environmentId, serviceId } = record;
  const { state, since, running, wanted, restarts, version } = record;
  return {
    id: healthIdOf(record),
    teamId,
    projectId,
    environmentId,
    serviceId,
    liveDeploymentId: record.liveDeploymentId ?? null,
    liveReleaseId: record.liveReleaseId ?? null,
    state,
    since,
    detail: record.detail ?? null,
    stopped: record.stopped ?? null,
    running,
    wanted,
    restarts,
    lastExit: record.lastExit ?? null,
    lines: [...record.lines],
    lastRun: record.lastRun ?? null,
    version,
  };
}
