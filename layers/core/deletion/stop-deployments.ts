import { cancelInFlight } from '../deployments/cleanup/erase.ts';
import { eachLimited } from '../kernel/limited.ts';
import { DELETE_ACTOR, instancesIn, type Target } from './target.ts';

const CONCURRENCY = 10;

/** The longest that a step of machine `deploy` may write to the cluster after its machine was stopped: `Shift` and `Revert` run for 2 minutes. */
const RUNS_ON_MS = 125_000;

/**
 * Stops the deployments in flight. Answers for how many seconds a function of a stopped deployment may still work: its
 * writes to the cluster until then must be removed too.
 */
export async function stopDeployments(target: Target): Promise<{ settleSeconds: number }> {
  let lastStop = 0;
  await eachLimited(await instancesIn(target), CONCURRENCY, async (instance) => {
    lastStop = Math.max(lastStop, await cancelInFlight(instance, DELETE_ACTOR));
  });
  return { settleSeconds: Math.max(0, Math.ceil((lastStop + RUNS_ON_MS - Date.now()) / 1000)) };
}
