import type { CommitStatus, DeploymentStatus } from '@gantry/cloud/github/repository.ts';
import type { DeploymentStatus as Status } from '@gantry/contract/schemas/deployments.ts';

export interface Report {
  readonly deployment: DeploymentStatus['state'];
  /** Undefined when the commit keeps its status: a commit that was live does not get worse. */
  readonly commit: CommitStatus['state'] | undefined;
  readonly description: string;
}

/** GitHub's status for a deployment; `detail` is the reason of its end. A skipped push gets no status. */
export function reportOf(status: Status, detail: string | undefined): Report | undefined {
  switch (status) {
    case 'queued':
      return { deployment: 'queued', commit: 'pending', description: 'Queued' };
    case 'building':
    case 'deploying':
      return { deployment: 'in_progress', commit: 'pending', description: 'Building and releasing' };
    case 'live':
      return { deployment: 'success', commit: 'success', description: 'Live' };
    case 'failed':
      return { deployment: 'failure', commit: 'failure', description: detail ?? 'Failed' };
    case 'superseded':
    case 'cancelled':
      return { deployment: 'error', commit: 'error', description: detail ?? status };
    case 'skipped':
      return undefined;
    case 'removed':
    case 'rolled_back':
      return { deployment: 'inactive', commit: undefined, description: 'Replaced by another release' };
  }
}
