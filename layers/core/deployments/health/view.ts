import { createHash } from 'node:crypto';
import { idPrefixes } from '@gantry/contract/ids.ts';
import type { InstanceHealth } from '@gantry/contract/schemas/health.ts';
import type { HealthRecord } from '../../records/health.ts';
import type { InstanceKey } from '../../records/instances.ts';

/** Crockford's base 32, the alphabet of ULIDs. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 26;

/** The id of an instance's health: always the same for the same service and environment. */
export function healthIdOf({ serviceId, environmentId }: Pick<InstanceKey, 'serviceId' | 'environmentId'>): string {
  const bytes = createHash('sha256').update(`${serviceId} ${environmentId}`).digest().subarray(0, LENGTH);
  // A ULID's first digit is at most 7.
  const digits = [...bytes].map((byte, place) => DIGITS[byte % (place === 0 ? 8 : 32)]);
  return `${idPrefixes.health}_${digits.join('')}`;
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
