import type { Observation } from '@gantry/cluster/health.ts';
import type { InstanceHealth } from '@gantry/contract/schemas/health.ts';
import type { InstanceRecord } from '../../records/deployments.ts';

type Stopped = NonNullable<InstanceHealth['stopped']>;

/** Since when an instance is stopped, and by whom; undefined while it is to run. */
export function stoppedOf({ stoppedAt, stoppedBy }: InstanceRecord): Stopped | undefined {
  return stoppedAt === undefined || stoppedBy === undefined ? undefined : { at: stoppedAt, by: stoppedBy };
}

/** How a look at an instance that is stopped counts: replicas that still end are no exits of the app. */
export function seenStopped({ running, lastRun }: Observation): Observation {
  return { state: 'stopped', running, wanted: 0, restarts: 0, exits: [], ...(lastRun && { lastRun }) };
}
