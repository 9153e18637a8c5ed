import { environment } from '@gantry/cloud/environment.ts';
import { startExecution, stopExecution } from '@gantry/cloud/stepfunctions.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { DeploymentRef } from './progress.ts';

type Run = Pick<Deployment, 'id' | 'run'>;

/** The name of a run's execution: the deployment's id, and the run's number from the second on. */
export function executionName({ id, run }: Run): string {
  return run === 1 ? id : `${id}-${run}`;
}

/** The run of an execution, from its name. */
export function runOf(name: string): Run {
  const [id = '', run = '1'] = name.split('-');
  return { id, run: Number(run) };
}

/** Starts the machine of a deployment. The execution is named after the run, so a repeat starts nothing. */
export async function startDeployment(deployment: Deployment): Promise<void> {
  const { id, serviceId, environmentId, teamId, projectId, generation, traceId } = deployment;
  const input: DeploymentRef = { deploymentId: id, serviceId, environmentId, teamId, projectId, generation, traceId };
  await startExecution(environment('DEPLOY_MACHINE_ARN'), executionName(deployment), input);
}

/** Stops the machine of a deployment; harmless when it has ended. Its running function continues to its end. */
export async function stopDeployment(run: Run): Promise<void> {
  await stopExecution(environment('DEPLOY_MACHINE_ARN'), executionName(run));
}
