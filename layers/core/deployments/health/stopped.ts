import type { Observation } from '@gantry/cluster/health.ts';
import type { InstanceHealth } from '@gantry/contract/schemas/health.ts';
import type { InstanceRecord } from '../../records/deployments.ts';

type Stopped = NonNullable<InstanceHealth['stopped']>;

/** When an instance was stopped, and by whom; undefined while it runs. */
export function stoppedOf({ stoppedAt, stoppedBy }: InstanceRecord): Stopped | undefined {
  return stoppedAt === undefined || stoppedBy === undefined ? undefined : { at: stoppedAt, by: stoppedBy };
}

/** How a look at a stopped instance counts: exits of replicas that still end are not the app's fault. */
export function seenStopped({ running, lastRun }: Observation): Observation {
  return { state: 'stopped', running, wanted: 0, restarts: 0, exits: [], ...(lastRun && { lastRun }) };
}
