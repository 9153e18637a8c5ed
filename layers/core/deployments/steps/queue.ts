import { ttlAfter } from '../../kernel/table.ts';
import { TurnEntity } from '../../records/builds.ts';
import { nextTurns } from '../builds/fair.ts';
import { ensureRepositories } from '../builds/repositories.ts';
import { giveTurns, places, readTurns } from '../builds/turns.ts';
import { type Attempt, begin, readProgress } from '../progress.ts';

/** Longer than any machine runs. */
const KEPT_SECONDS = 2 * 24 * 3600;

/** Queues the build of a deployment. The machine waits with `taskToken` until the build gets a place, possibly at once. */
export async function queueBuild(ref: Attempt, taskToken: string): Promise<void> {
  const { deployment } = await readProgress(ref);
  const [repositories, { turns }] = await Promise.all([ensureRepositories(ref.serviceId), readTurns()]);
  const { attempt: _, ...run } = ref;
  const turn = {
    ...run,
    ...repositories,
    run: deployment.run,
    taskToken,
    queuedAt: Date.now(),
    ttl: ttlAfter(KEPT_SECONDS),
  };
  const others = turns.filter(({ deploymentId }) => deploymentId !== ref.deploymentId);
  // Recorded first: once the build is queued, any function may start it.
  if (!nextTurns([...others, turn], places()).includes(turn)) await begin(ref, 'queue');
  await TurnEntity.put(turn).go();
  await giveTurns();
}
