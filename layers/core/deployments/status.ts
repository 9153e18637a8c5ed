import type { DeploymentStatus } from '@gantry/contract/schemas/deployments.ts';

/**
 * Every legal transition; a redrive puts a failed deployment back to queued. A repeated step, or one after a newer deployment took over, finds its
 * transition missing here.
 */
const transitions: Readonly<Record<DeploymentStatus, readonly DeploymentStatus[]>> = {
  queued: ['building', 'deploying', 'failed', 'superseded', 'cancelled'],
  building: ['deploying', 'failed', 'superseded', 'cancelled'],
  deploying: ['live', 'failed', 'superseded', 'cancelled'],
  live: ['removed', 'rolled_back'],
  failed: ['queued'],
  superseded: [],
  cancelled: [],
  skipped: [],
  removed: [],
  rolled_back: [],
};

export function mayBecome(from: DeploymentStatus, to: DeploymentStatus): boolean {
  return transitions[from].includes(to);
}

/** Whether a deployment is in flight: neither live nor ended. */
export function isInFlight(status: DeploymentStatus): boolean {
  return transitions[status].includes('superseded');
}
