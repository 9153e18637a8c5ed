import { startReleaseCommand, watchReleaseCommand } from '@gantry/cluster/release-command.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { type Attempt, type Built, beginDeploying, writing } from '../progress.ts';
import { recordRelease, specOf } from '../release.ts';

/**
 * Runs the release command to its end, once, however often the step is repeated. Throws ReleaseFailed with its last lines when the command fails or
 * takes too long.
 */
export async function releaseCommand(ref: Attempt, built: Built | undefined, remainingMs: number): Promise<void> {
  const progress = await beginDeploying(ref, 'release-command', built);
  const { release, ...filled } = await recordRelease(ref, progress);
  const spec = specOf(release, progress.instance, ref.generation, filled);
  await writing(ref, 'release-command', () => startReleaseCommand(spec));
  const outcome = await watchReleaseCommand(spec, remainingMs);
  if (!outcome.ok) throw new GantryError('ReleaseFailed', outcome.detail, [], { lines: outcome.lines });
}
