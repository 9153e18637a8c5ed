import { GantryError } from '@gantry/contract/errors.ts';
import { watchRelease } from '../../cluster/watch.ts';
import { type Attempt, begin, readProgress, requireCurrent } from '../progress.ts';
import { releaseFor, specOf } from '../release.ts';

/** Watches the release until it is healthy. Throws ReleaseFailed with the app's last lines where it does not become so in time. */
export async function verify(ref: Attempt, remainingMs: number): Promise<void> {
  const progress = await begin(ref, 'verify');
  const release = await releaseFor(ref, progress);
  const outcome = await watchRelease(specOf(release, progress.instance, ref.generation), remainingMs);
  if (!outcome.healthy) throw new GantryError('ReleaseFailed', outcome.detail, [], { lines: outcome.lines });
}

/** How long a release that gets a part of the traffic may be found unhealthy before that counts, in milliseconds. */
const CHECK_MS = 5_000;

/** Looks whether a release that has baked is still healthy. Throws ReleaseFailed where it is not, and Superseded where it is no longer wanted. */
export async function check(ref: Attempt): Promise<void> {
  const progress = await readProgress(ref);
  requireCurrent(progress, ref);
  const release = await releaseFor(ref, progress);
  const outcome = await watchRelease(specOf(release, progress.instance, ref.generation), CHECK_MS);
  if (outcome.healthy) return;
  const share = `With ${progress.deployment.weight} % of the traffic it was no longer healthy.`;
  throw new GantryError('ReleaseFailed', `${share} ${outcome.detail}`, [], { lines: outcome.lines });
}
