import { applyRelease } from '@gantry/cluster/releases.ts';
import { type Attempt, type Built, beginDeploying, writing } from '../progress.ts';
import { recordRelease, specOf } from '../release.ts';

/** Applies the release next to the live one: the new release, or the one to which a rollback returns. */
export async function rollout(ref: Attempt, built: Built | undefined): Promise<void> {
  const progress = await beginDeploying(ref, 'rollout', built);
  const { release, ...filled } = await recordRelease(ref, progress);
  await writing(ref, 'rollout', () => applyRelease(specOf(release, progress.instance, ref.generation, filled)));
}
