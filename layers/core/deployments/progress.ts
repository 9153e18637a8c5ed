import { GantryError } from '@gantry/contract/errors.ts';
import type { StepName } from '@gantry/contract/schemas/deployments.ts';
import { lookUp } from '../access.ts';
import { retryStale, transact } from '../transact.ts';
import { deploymentAt, instanceAt } from './lookups.ts';
import { isInFlight } from './status.ts';
import { beginStep } from './steps.ts';
import type { DeploymentRecord, InstanceRecord } from './store.ts';
import { changeDeployment, type DeploymentPatch, deploymentChange } from './writes.ts';

/** The actor of what the deploy machine does. */
export const DEPLOY_ACTOR = 'deploy';

/** What the deploy machine carries of its deployment. */
export interface DeploymentRef {
  readonly deploymentId: string;
  readonly serviceId: string;
  readonly environmentId: string;
  readonly teamId: string;
  readonly projectId: string;
}

export interface Progress {
  readonly deployment: DeploymentRecord;
  readonly instance: InstanceRecord;
}

/** A deployment and its instance, strongly consistent. */
export async function readProgress(ref: DeploymentRef): Promise<Progress> {
  const [deployment, instance] = await lookUp(deploymentAt(ref.teamId, ref.deploymentId), instanceAt(ref));
  return { deployment, instance };
}

/** Throws Superseded where the deployment is no longer the one in flight. */
export function requireInFlight({ deployment, instance }: Progress): void {
  if (instance.activeDeploymentId === deployment.id && isInFlight(deployment.status)) return;
  throw new GantryError(
    'Superseded',
    `Deployment ${deployment.id} is no longer in flight: it is ${deployment.status}.`,
  );
}

/**
 * Records that a step begins, and with it that the one before has succeeded: one conditional transition and its event. A repeated
 * step writes nothing. Throws Superseded where a newer deployment took over.
 */
export function begin(
  ref: DeploymentRef,
  step: StepName,
  patch: (progress: Progress) => DeploymentPatch = () => ({}),
): Promise<Progress> {
  return retryStale(async () => {
    const progress = await readProgress(ref);
    requireInFlight(progress);
    const { deployment } = progress;
    const steps = beginStep(deployment.steps, step, new Date().toISOString());
    if (steps === deployment.steps) return progress;
    const { write, changed } = changeDeployment(deployment, { steps, ...patch(progress) });
    await transact([write], deploymentChange('deployment.advanced', changed, DEPLOY_ACTOR));
    return { ...progress, deployment: changed };
  });
}
