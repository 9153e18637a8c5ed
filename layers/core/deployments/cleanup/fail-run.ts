import { lookUp, optional } from '../../kernel/lookup.ts';
import { retryStale, transact } from '../../kernel/transact.ts';
import { deploymentAt, instanceAt } from '../../records/deployment-lookups.ts';
import { stopBuildsOf } from '../builds.ts';
import { DEPLOY_ACTOR, type DeploymentRef, isCurrent } from '../progress.ts';
import { endRehearsal } from '../rehearsal.ts';
import type { ExecutionEnd } from '../steps/execution.ts';
import { runningStep } from '../steps.ts';
import { changeInstance, failDeployment } from '../writes.ts';
import { endRevert, tidy } from './tidy.ts';

const details: Readonly<Record<ExecutionEnd['status'], string>> = {
  TIMED_OUT: 'The deployment took longer than twelve hours. Deploy again; if it stays, ask an operator to look at it.',
  ABORTED: 'The deployment was stopped by an operator. Redrive it, or deploy again.',
  FAILED: 'The platform could not finish the deployment. Redrive it; if it stays, ask an operator to look at it.',
};

/** The parts of an execution that `failRun` needs. */
export type Ended = DeploymentRef & Pick<ExecutionEnd, 'status' | 'stoppedAt'>;

/**
 * Fails a run whose execution ended without a report, stops its build, and removes its leftovers from the cluster. Stopping an execution, or its time
 * limit, skips `Catch`, and `Catch` itself may fail. Harmless when repeated, and when the run has another end or is gone.
 */
export async function failRun({ status, stoppedAt, ...ref }: Ended): Promise<void> {
  if (!(await retryStale(() => fail(ref, details[status])))) return;
  if (status !== 'FAILED') await stopBuildsOf(ref.deploymentId, stoppedAt);
  await tidy(ref);
  await endRehearsal(ref);
  await endRevert(ref.teamId, ref.deploymentId);
}

/**
 * Answers whether this run may have left something behind; a cancelled one may too, because its own consumer may have died. A function of the run may
 * still be running, so the instance's generation rises above the run's.
 */
async function fail(ref: DeploymentRef, detail: string): Promise<boolean> {
  const [deployment, instance] = await lookUp(
    optional(deploymentAt(ref.teamId, ref.deploymentId)),
    optional(instanceAt(ref)),
  );
  if (deployment === undefined || instance === undefined) return false;
  if (!isCurrent({ deployment, instance }, ref)) {
    const unfinished = deployment.status === 'cancelled' || runningStep(deployment.steps) === 'revert';
    return deployment.generation === ref.generation && unfinished;
  }
  const { write, change } = failDeployment(deployment, { kind: 'Internal', detail, lines: [] }, DEPLOY_ACTOR);
  const fenced = changeInstance(instance, { generation: instance.generation + 1 }, ['activeDeploymentId']);
  await transact([write, fenced], change);
  return true;
}
