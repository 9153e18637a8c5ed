import type { CommitStatus, DeploymentStatus } from '@gantry/cloud/github/repository.ts';
import type { DeploymentRecord } from '../../deployments/store.ts';

export interface Report {
  readonly deployment: DeploymentStatus['state'];
  /** Undefined where the commit keeps the status that it had: one that was live is not the worse for it. */
  readonly commit: CommitStatus['state'] | undefined;
  readonly description: string;
}

/** What GitHub is told of a deployment as it is. */
export function reportOf({ status, reason }: Pick<DeploymentRecord, 'status' | 'reason'>): Report {
  switch (status) {
    case 'queued':
      return { deployment: 'queued', commit: 'pending', description: 'Queued' };
    case 'building':
    case 'deploying':
      return { deployment: 'in_progress', commit: 'pending', description: 'Building and releasing' };
    case 'live':
      return { deployment: 'success', commit: 'success', description: 'Live' };
    case 'failed':
      return { deployment: 'failure', commit: 'failure', description: reason?.detail ?? 'Failed' };
    case 'superseded':
    case 'cancelled':
      return { deployment: 'error', commit: 'error', description: reason?.detail ?? status };
    case 'removed':
    case 'rolled_back':
      return { deployment: 'inactive', commit: undefined, description: 'Replaced by another release' };
  }
}
