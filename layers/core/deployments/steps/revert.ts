import { GantryError } from '@gantry/contract/errors.ts';
import { lookUp, optional } from '../../kernel/lookup.ts';
import { retryStale, transact } from '../../kernel/transact.ts';
import { deploymentAt, instanceAt } from '../../records/deployment-lookups.ts';
import { endRevert, giveBack, tidy } from '../cleanup/tidy.ts';
import { letGo } from '../lease.ts';
import { type Attempt, DEPLOY_ACTOR, isCurrent, readProgress, writing } from '../progress.ts';
import { endRehearsal } from '../rehearsal.ts';
import { runningStep } from '../steps.ts';
import { changeInstance, failDeployment } from '../writes.ts';
import { type Failure, reasonFor } from './failure.ts';

/**
 * Moves the traffic back, records why the deployment failed, and removes its objects: the earlier release serves. Harmless when the deployment was
 * superseded or its records are gone: then another clean-up runs.
 */
export async function revert(ref: Attempt, failure: Failure): Promise<void> {
  const [deployment, instance] = await lookUp(
    optional(deploymentAt(ref.teamId, ref.deploymentId)),
    optional(instanceAt(ref)),
  );
  if (deployment === undefined || instance === undefined) return;
  const step = runningStep(deployment.steps);
  await letGo(ref, { generation: ref.generation, part: step });
  if (isCurrent({ deployment, instance }, ref))
    await writing(ref, 'revert', () => giveBack(ref)).catch(unlessSuperseded);
  const reason = await reasonFor(failure, deployment.id, step);
  await retryStale(async () => {
    const progress = await readProgress(ref);
    if (!isCurrent(progress, ref)) return;
    const { write, change } = failDeployment(progress.deployment, reason, DEPLOY_ACTOR);
    await transact([write, changeInstance(progress.instance, {}, ['activeDeploymentId'])], change);
  });
  await tidy(ref);
  await endRehearsal(ref);
  await endRevert(ref.teamId, ref.deploymentId);
}

function unlessSuperseded(error: unknown): void {
  if (!(error instanceof GantryError && error.kind === 'Superseded')) throw error;
}
