import { GantryError } from '@gantry/contract/errors.ts';
import type { Commit } from '@gantry/contract/schemas/source.ts';
import { lookUp, optional } from '../access.ts';
import { environmentAt, projectAt, serviceAt } from '../projects/lookups.ts';
import { GITHUB_ACTOR } from '../source/github/holders.ts';
import { retryStale, type Write } from '../transact.ts';
import { type InstancePath, instanceAt } from './lookups.ts';
import { enqueue } from './queue.ts';
import { hostSlugs, newRecord } from './record.ts';

/**
 * Queues a commit that was pushed, together with `once`, the record of the push: where that is there, or the service or its environment is gone or about to
 * be, nothing is queued.
 */
export async function queuePush(
  path: InstancePath,
  { repository, branch, commit }: { readonly repository: string; readonly branch: string; readonly commit: Commit },
  once: (deploymentId: string) => Write,
): Promise<void> {
  await retryStale(async () => {
    const [project, service, environment, instance] = await lookUp(
      optional(projectAt(path)),
      optional(serviceAt(path)),
      optional(environmentAt(path)),
      optional(instanceAt(path)),
    );
    if (project === undefined || service === undefined || environment === undefined) return;
    if ([project, service, environment].some(({ deletingSince }) => deletingSince !== undefined)) return;
    const deployment = newRecord(path, { kind: 'github', repository, branch, commit }, { pushed: true });
    const slugs = hostSlugs(service, environment, project);
    await enqueue({ deployment, instance, slugs, actor: GITHUB_ACTOR, writes: [once(deployment.id)] });
  }).catch((error: unknown) => {
    if (!(error instanceof GantryError && error.kind === 'Conflict')) throw error;
  });
}
