import type { Reason } from '@gantry/contract/schemas/deployments.ts';
import { lookUp, optional } from '../access.ts';
import { retryStale, transact } from '../transact.ts';
import { stopBuildsOf } from './builds.ts';
import { deploymentAt, instanceAt } from './lookups.ts';
import type { ExecutionEnd } from './machine/execution.ts';
import { DEPLOY_ACTOR, type DeploymentRef } from './progress.ts';
import { isInFlight } from './status.ts';
import { endSteps, runningStep } from './steps.ts';
import { changeDeployment, changeInstance, deploymentChange } from './writes.ts';

const details: Readonly<Record<ExecutionEnd['status'], string>> = {
  TIMED_OUT: 'The deployment took longer than 90 minutes. Deploy again; if it stays, ask an operator to look at it.',
  ABORTED: 'The deployment was stopped by an operator. Deploy again.',
  FAILED: 'The platform could not finish the deployment. Deploy again; if it stays, ask an operator to look at it.',
};

/** An execution as far as `endExecution` must know it. */
export type Ended = DeploymentRef & Pick<ExecutionEnd, 'status' | 'stoppedAt'>;

/**
 * Fails the deployment of an execution that ended without telling it, and stops what it was building: stopping an execution, or its time
 * limit, skips `Catch`. Harmless when repeated, and where the deployment has ended otherwise or is gone.
 */
export async function endExecution({ status, stoppedAt, ...ref }: Ended): Promise<void> {
  await retryStale(() => fail(ref, details[status]));
  if (status !== 'FAILED') await stopBuildsOf(ref.deploymentId, stoppedAt);
}

async function fail(ref: DeploymentRef, detail: string): Promise<void> {
  const [deployment, instance] = await lookUp(
    optional(deploymentAt(ref.teamId, ref.deploymentId)),
    optional(instanceAt(ref)),
  );
  if (deployment === undefined || instance === undefined || !isInFlight(deployment.status)) return;
  const at = new Date().toISOString();
  const reason: Reason = { kind: 'Internal', step: runningStep(deployment.steps), detail, lines: [] };
  const steps = [...endSteps(deployment.steps, 'failed', at)];
  const { write, changed } = changeDeployment(deployment, { status: 'failed', steps, reason, finishedAt: at });
  const isActive = instance.activeDeploymentId === deployment.id;
  const writes = isActive ? [changeInstance(instance, {}, ['activeDeploymentId'])] : [];
  await transact([write, ...writes], deploymentChange('deployment.finished', changed, DEPLOY_ACTOR));
}
