import { applyRelease } from '@gantry/cluster/releases.ts';
import { type Attempt, beginDeploying, writing } from '../progress.ts';
import { recordRelease, specOf } from '../release.ts';

/** Applies the release beside the one that serves: the one just built, or the one that a rollback returns to. */
export async function rollout(ref: Attempt, imageDigest: string | null): Promise<void> {
  const progress = await beginDeploying(ref, 'rollout', imageDigest);
  const { release, ...filled } = await recordRelease(ref, progress);
  await writing(ref, 'rollout', () => applyRelease(specOf(release, progress.instance, ref.generation, filled)));
}
