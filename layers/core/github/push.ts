import type { DeploymentSource } from '@gantry/contract/schemas/deployments.ts';
import type { Commit } from '@gantry/contract/schemas/source.ts';
import { enqueue } from '../deployments/enqueue.ts';
import { hostSlugs, newRecord } from '../deployments/record.ts';
import { deploymentChange } from '../deployments/writes.ts';
import { item } from '../kernel/entity.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { ttlAfter } from '../kernel/table.ts';
import { retryStale, transact } from '../kernel/transact.ts';
import type { Write } from '../kernel/write.ts';
import { type InstancePath, instanceAt } from '../records/deployment-lookups.ts';
import { DeploymentEntity, type DeploymentRecord } from '../records/deployments.ts';
import { whileActive } from '../records/project-guards.ts';
import { environmentAt, projectAt, serviceAt } from '../records/project-lookups.ts';
import { GITHUB_ACTOR } from '../source/github/holders.ts';

/** How long a skipped push is shown, in seconds. */
const SKIPPED_SECONDS = 90 * 24 * 3600;

interface Pushed {
  readonly repository: string;
  readonly repositoryId: string;
  readonly branch: string;
  readonly commit: Commit;
}

/** The writes that record a push together with its result; undefined for a known push. */
type RecordPush = () => Promise<((deploymentId: string) => Write[]) | undefined>;

/** Queues a pushed commit. Queues nothing when the push is known, or when the service or its environment is deleted or being deleted. */
export async function queuePush(path: InstancePath, pushed: Pushed, record: RecordPush): Promise<void> {
  await retryStale(async () => {
    const [found, writes] = await Promise.all([findPlace(path), record()]);
    if (found === undefined || writes === undefined) return;
    const deployment = newRecord(path, sourceOf(pushed), { pushed: true });
    const slugs = hostSlugs(found.service, found.environment, found.project);
    const { instance } = found;
    await enqueue({ deployment, instance, slugs, actor: GITHUB_ACTOR, writes: writes(deployment.id) });
  });
}

/** Shows a pushed commit that asks not to be deployed, with the reason. The live and running deployments stay as they are. */
export async function skipPush(path: InstancePath, pushed: Pushed, word: string, record: RecordPush): Promise<void> {
  await retryStale(async () => {
    const [found, writes] = await Promise.all([findPlace(path), record()]);
    if (found === undefined || writes === undefined) return;
    const detail = `The message of the commit says ${word}.`;
    const skipped: DeploymentRecord & { readonly ttl: number } = {
      ...newRecord(path, sourceOf(pushed), { pushed: true }),
      generation: found.instance?.generation ?? 0,
      status: 'skipped',
      reason: { kind: 'Conflict', step: 'prepare', detail, lines: [] },
      finishedAt: new Date().toISOString(),
      ttl: ttlAfter(SKIPPED_SECONDS),
    };
    await transact(
      [
        { item: item.put(DeploymentEntity.create(skipped)) },
        ...whileActive(projectAt(path), serviceAt(path), environmentAt(path)),
        ...writes(skipped.id),
      ],
      deploymentChange('deployment.finished', skipped, GITHUB_ACTOR),
    );
  });
}

function sourceOf({ repository, repositoryId, branch, commit }: Pushed): DeploymentSource {
  return { kind: 'github', repository, repositoryId, branch, commit };
}

/** The service and environment that a push deploys to; undefined when one of them is deleted or being deleted. */
async function findPlace(path: InstancePath) {
  const [project, service, environment, instance] = await lookUp(
    optional(projectAt(path)),
    optional(serviceAt(path)),
    optional(environmentAt(path)),
    optional(instanceAt(path)),
  );
  if (project === undefined || service === undefined || environment === undefined) return undefined;
  if ([project, service, environment].some(({ deletingSince }) => deletingSince !== undefined)) return undefined;
  return { project, service, environment, instance };
}
