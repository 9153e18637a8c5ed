import { environment } from '@gantry/cloud/environment.ts';
import { startExecution, stopExecution } from '@gantry/cloud/stepfunctions.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { DeploymentRef } from './progress.ts';

type Run = Pick<Deployment, 'id' | 'run'>;

/** The execution of one run: the deployment's id, and which run it is from the second on. */
export function executionName({ id, run }: Run): string {
  return run === 1 ? id : `${id}-${run}`;
}

/** The run behind an execution's name. */
export function runOf(name: string): Run {
  const [id = '', run = '1'] = name.split('-');
  return { id, run: Number(run) };
}

/** Starts the machine of a deployment. The execution is named by the run, so that a repeat starts nothing. */
export async function startDeployment(deployment: Deployment): Promise<void> {
  const { id, serviceId, environmentId, teamId, projectId, generation, traceId } = deployment;
  const input: DeploymentRef = { deploymentId: id, serviceId, environmentId, teamId, projectId, generation, traceId };
  await startExecution(environment('DEPLOY_MACHINE_ARN'), executionName(deployment), input);
}

/** Stops the machine of a deployment; harmless where it has ended. A function of it that is at work runs on to its end. */
export async function stopDeployment(run: Run): Promise<void> {
  await stopExecution(environment('DEPLOY_MACHINE_ARN'), executionName(run));
}
