import { lastLines } from '@gantry/cluster/settle.ts';
import { checkHealth } from '@gantry/cluster/watch.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { type Attempt, readProgress, requireCurrent } from '../progress.ts';
import { releaseFor, specOf } from '../release.ts';

/**
 * Checks that a release is healthy after its bake, and was since its traffic began. Throws ReleaseFailed otherwise, and Superseded when the release
 * is no longer wanted.
 */
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
