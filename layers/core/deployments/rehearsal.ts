import { endCopies } from '../databases/rehearsal-copies.ts';
import { derivedId } from '../kernel/derived-id.ts';
import type { DeploymentRecord } from '../records/deployments.ts';
import type { DeploymentRef } from './progress.ts';

/** The release in the cluster by which a release command is rehearsed: it has the copies of databases, and nothing else knows it. */
export function rehearsalReleaseOf({ id, generation }: Pick<DeploymentRecord, 'id' | 'generation'>): string {
  return derivedId('release', `${id} ${generation} rehearsal`, id);
}

/** Has the copies of databases removed that a deployment may have left. */
export function endRehearsal({
  teamId,
  projectId,
  environmentId,
  deploymentId,
}: Pick<DeploymentRef, 'teamId' | 'projectId' | 'environmentId' | 'deploymentId'>): Promise<void> {
  return endCopies({ teamId, projectId, environmentId }, deploymentId);
}
