import type { DeploymentSource } from '@gantry/contract/schemas/deployments.ts';
import { lookUp } from '../../kernel/lookup.ts';
import { retryStale, transact } from '../../kernel/transact.ts';
import { credentialFor } from '../../projects/credential.ts';
import { currentName } from '../../projects/repositories.ts';
import { serviceAt } from '../../records/project-lookups.ts';
import { archiveKey } from '../../source/archives.ts';
import { fetchSource } from '../../source/fetch.ts';
import { type Attempt, begin, DEPLOY_ACTOR, readProgress, requireCurrent } from '../progress.ts';
import { changeDeployment, deploymentChange } from '../writes.ts';

/**
 * Fetches a deployment's commit, or the newest of its branch, and stores the archive for the build. Throws Superseded for a pushed commit that is no
 * longer the branch's newest: another push brings the newest. A repeat fetches again and overwrites.
 */
export async function fetchCommit(ref: Attempt, remainingMs: number): Promise<void> {
  const { deployment } = await begin(ref, 'fetch');
  const { source: brought, pushed = false, fetched } = deployment;
  if ((brought.kind !== 'github' && brought.kind !== 'git') || fetched === true) return;
  const [service] = await lookUp(serviceAt(ref));
  const source = brought.kind === 'github' ? currentName(brought, service) : brought;
  const credential = source.kind === 'git' ? await credentialFor(ref, service, source.url) : undefined;
  const { commit, archiveDigest } = await fetchSource({
    ...ref,
    source,
    rootFolder: service.rootFolder,
    ...(credential && { credential }),
    mustBeNewest: pushed,
    key: archiveKey({ ...ref, id: ref.deploymentId }),
    deadline: Date.now() + remainingMs,
  });
  await retryStale(() => record(ref, { ...source, commit }, archiveDigest));
}

async function record(ref: Attempt, source: DeploymentSource, archiveDigest: string): Promise<void> {
  const progress = await readProgress(ref);
  requireCurrent(progress, ref);
  const { write, changed } = changeDeployment(progress.deployment, { source, fetched: true, archiveDigest });
  await transact([write], deploymentChange('deployment.advanced', changed, DEPLOY_ACTOR));
}
