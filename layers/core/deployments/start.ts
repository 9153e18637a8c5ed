import { environment } from '@gantry/cloud/environment.ts';
import { startExecution } from '@gantry/cloud/stepfunctions.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { DeploymentRef } from './progress.ts';

/** Starts the machine of a deployment. The execution carries the deployment's id as its name, so that a repeat starts nothing. */
export async function startDeployment({ id, serviceId, environmentId, teamId, projectId }: Deployment): Promise<void> {
  const input: DeploymentRef = { deploymentId: id, serviceId, environmentId, teamId, projectId };
  await startExecution(environment('DEPLOY_MACHINE_ARN'), id, input);
}
