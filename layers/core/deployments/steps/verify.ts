import { watchRelease } from '@gantry/cluster/watch.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { retryStale, transact } from '../../kernel/transact.ts';
import { type Attempt, begin, DEPLOY_ACTOR, isCurrent, readProgress } from '../progress.ts';
import { releaseFor, specOf } from '../release.ts';
import { changeDeployment, deploymentChange } from '../writes.ts';

/** Watches the release until it is healthy. Throws ReleaseFailed with the app's last lines when it is not healthy in time. */
export async function verify(ref: Attempt, remainingMs: number): Promise<void> {
  const progress = await begin(ref, 'verify');
  const release = await releaseFor(ref, progress);
  const notices = tellNotices(ref);
  const spec = specOf(release, progress.instance, ref.generation);
  const outcome = await watchRelease(spec, remainingMs, notices.tell).finally(notices.told);
  if (!outcome.healthy) throw new GantryError('ReleaseFailed', outcome.detail, [], { lines: outcome.lines });
}

/** Puts a release's notices onto its deployment, one after the other; `told` resolves after the last. */
function tellNotices(ref: Attempt) {
  let last: Promise<void> = Promise.resolve();
  return {
    tell(waitsFor: string): void {
      // A notice that cannot be recorded is no failure of the release.
      last = last.then(() => retryStale(() => recordNotice(ref, waitsFor))).catch(() => undefined);
    },
    told: () => last,
  };
}

async function recordNotice(ref: Attempt, waitsFor: string): Promise<void> {
  const progress = await readProgress(ref);
  const { deployment } = progress;
  if (!isCurrent(progress, ref) || deployment.waitsFor === waitsFor) return;
  const { write, changed } = changeDeployment(deployment, { waitsFor });
  await transact([write], deploymentChange('deployment.advanced', changed, DEPLOY_ACTOR));
}
