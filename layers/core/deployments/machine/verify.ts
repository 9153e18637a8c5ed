import { GantryError } from '@gantry/contract/errors.ts';
import { lastLines } from '../../cluster/settle.ts';
import { checkHealth, watchRelease } from '../../cluster/watch.ts';
import { type Attempt, begin, readProgress, requireCurrent } from '../progress.ts';
import { releaseFor, specOf } from '../release.ts';

/** Watches the release until it is healthy. Throws ReleaseFailed with the app's last lines where it does not become so in time. */
export async function verify(ref: Attempt, remainingMs: number): Promise<void> {
  const progress = await begin(ref, 'verify');
  const release = await releaseFor(ref, progress);
  const outcome = await watchRelease(specOf(release, progress.instance, ref.generation), remainingMs);
  if (!outcome.healthy) throw new GantryError('ReleaseFailed', outcome.detail, [], { lines: outcome.lines });
}

/** Looks whether a release that has baked is healthy, and has been since its traffic began. Throws ReleaseFailed where not, Superseded where it is no longer wanted. */
export async function check(ref: Attempt): Promise<void> {
  const progress = await readProgress(ref);
  requireCurrent(progress, ref);
  const { steps, run, weight } = progress.deployment;
  const shifted = steps.find((step) => step.name === 'shift' && step.run === run);
  const release = await releaseFor(ref, progress);
  const spec = specOf(release, progress.instance, ref.generation);
  const found = await checkHealth(spec, Date.parse(shifted?.startedAt ?? ''));
  if (found.state === 'healthy') return;
  const detail = `With ${weight} % of the traffic it was no longer healthy. ${found.detail}`;
  throw new GantryError('ReleaseFailed', detail, [], { lines: await lastLines(spec, found.pod) });
}
