import { GantryError } from '@gantry/contract/errors.ts';
import { watchRelease } from '../../cluster/watch.ts';
import { begin, type DeploymentRef } from '../progress.ts';
import { releaseFor, specOf } from './rollout.ts';

/** Watches the release until it is healthy. Throws ReleaseFailed with the app's last lines where it does not become so in time. */
export async function verify(ref: DeploymentRef, remainingMs: number): Promise<void> {
  const progress = await begin(ref, 'verify');
  const release = await releaseFor(ref, progress);
  const outcome = await watchRelease(specOf(release, progress, ref), remainingMs);
  if (!outcome.healthy) throw new GantryError('ReleaseFailed', outcome.detail, [], { lines: outcome.lines });
}
