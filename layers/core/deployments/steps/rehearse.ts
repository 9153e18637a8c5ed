import { startReleaseCommand, watchReleaseCommand } from '@gantry/cluster/release-command.ts';
import { removeRelease } from '@gantry/cluster/releases.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { failureOnCopies, rehearsalCopies } from '../../databases/rehearsal-copies.ts';
import { databasesOfValues, fillValues, replacedIn } from '../../databases/values.ts';
import { watch } from '../../databases/watch.ts';
import { retryStale, transact } from '../../kernel/transact.ts';
import { whileInFlight } from '../../records/deployment-lookups.ts';
import { recordedVariables } from '../../variables/release.ts';
import {
  type Attempt,
  type Built,
  beginRehearsing,
  DEPLOY_ACTOR,
  readProgress,
  requireCurrent,
  writing,
} from '../progress.ts';
import { endRehearsal, rehearsalReleaseOf } from '../rehearsal.ts';
import { recordRelease, specOf } from '../release.ts';
import { changeDeployment, deploymentChange } from '../writes.ts';

/**
 * Runs the release command to its end on copies of the databases that the release uses. Returns false while the copies are made: then the machine
 * repeats the step. Throws ReleaseFailed where the command fails, or where one of its statements or transactions takes longer than the limit.
 */
export async function rehearse(
  ref: Attempt,
  built: Built | undefined,
  remainingMs: number,
): Promise<{ rehearsed: boolean }> {
  const progress = await beginRehearsing(ref, built);
  if (progress.deployment.rehearsed !== true) {
    const { release } = await recordRelease(ref, progress);
    const variables = await recordedVariables(ref, release.id);
    const databaseIds = databasesOfValues(variables);
    const { rehearseSeconds: seconds } = release;
    if (seconds === undefined) throw new Error(`${release.id} is rehearsed without a limit`);
    const copies = await watch(() =>
      rehearsalCopies(ref, databaseIds, seconds, whileInFlight(ref, ref.deploymentId, ref.generation)),
    );
    if (copies === undefined) return { rehearsed: false };
    const filled = await fillValues(ref, replacedIn(variables, copies));
    const releaseId = rehearsalReleaseOf(progress.deployment);
    const spec = { ...specOf(release, progress.instance, ref.generation, filled), releaseId };
    await writing(ref, 'rehearse', () => startReleaseCommand(spec));
    const outcome = await watchReleaseCommand(spec, remainingMs);
    const failure = await failureOnCopies(ref, copies);
    if (!outcome.ok || failure?.tookTooLong === true)
      throw new GantryError('ReleaseFailed', detailOf(failure, seconds), [], {
        lines: outcome.ok ? [] : outcome.lines,
      });
    await retryStale(() => recordRehearsed(ref));
  }
  await writing(ref, 'rehearse', () =>
    removeRelease({ environmentId: ref.environmentId, releaseId: rehearsalReleaseOf(progress.deployment) }),
  );
  await endRehearsal(ref);
  return { rehearsed: true };
}

/** Why a rehearsal failed, with the statement where the server tells one. */
function detailOf(failure: Awaited<ReturnType<typeof failureOnCopies>>, seconds: number): string {
  const safe = 'Nothing was changed in the database itself.';
  if (failure === undefined) return `The release command failed in its rehearsal. ${safe} Its last output says why.`;
  const { error, statement, tookTooLong } = failure;
  const where = statement === undefined ? '' : ` The statement was: ${statement}`;
  if (tookTooLong)
    return `The release command took longer than ${seconds} s for one statement or transaction in its rehearsal (${error}). ${safe} Split it, or raise the limit: gantry service update --rehearse.${where}`;
  return `The release command failed in its rehearsal: ${error}. ${safe}${where}`;
}

async function recordRehearsed(ref: Attempt): Promise<void> {
  const progress = await readProgress(ref);
  requireCurrent(progress, ref);
  if (progress.deployment.rehearsed === true) return;
  const { write, changed } = changeDeployment(progress.deployment, { rehearsed: true });
  await transact([write], deploymentChange('deployment.advanced', changed, DEPLOY_ACTOR));
}
