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
 * Fetches the commit that a deployment brings, or the newest of its branch, and puts its archive to where a build finds it. Throws Superseded where the
 * commit was pushed and is no longer the branch's newest: a push of its own brings the one that is. A repeat fetches again, and writes over.
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
