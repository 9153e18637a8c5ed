import { GantryError } from '@gantry/contract/errors.ts';
import type { StepName } from '@gantry/contract/schemas/deployments.ts';
import { lookUp } from '../kernel/lookup.ts';
import { retryStale, transact } from '../kernel/transact.ts';
import { deploymentAt, instanceAt } from '../records/deployment-lookups.ts';
import type { DeploymentRecord, InstanceRecord } from '../records/deployments.ts';
import { underLease } from './lease.ts';
import { isInFlight } from './status.ts';
import { beginStep } from './steps.ts';
import { changeDeployment, type DeploymentPatch, deploymentChange } from './writes.ts';

/** The actor of changes by the deploy machine. */
export const DEPLOY_ACTOR = 'deploy';

/** The data of a deployment that the machine carries. */
export interface DeploymentRef {
  readonly deploymentId: string;
  readonly serviceId: string;
  readonly environmentId: string;
  readonly teamId: string;
  readonly projectId: string;
  /** The generation of this run. An earlier run must not write with a later generation. */
  readonly generation: number;
  /** The deployment's trace, in which the logs of its steps are found. */
  readonly traceId: string;
}

/** An invocation of a step. */
export interface Attempt extends DeploymentRef {
  /** 1 for the first. */
  readonly attempt: number;
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

/** Whether this run is the deployment in flight. */
export function isCurrent({ deployment, instance }: Progress, { generation }: DeploymentRef): boolean {
  return (
    instance.activeDeploymentId === deployment.id &&
    deployment.generation === generation &&
    isInFlight(deployment.status)
  );
}

/** Throws Superseded where the deployment is no longer the one in flight. */
export function requireCurrent(progress: Progress, ref: DeploymentRef): void {
  if (isCurrent(progress, ref)) return;
  const { id, status } = progress.deployment;
  throw new GantryError('Superseded', `Deployment ${id} is no longer in flight: it is ${status}.`);
}

/**
 * Records that a step begins or is retried, and thereby that the step before succeeded: one conditional write and its event. A repeat writes nothing.
 * Throws Superseded when a newer deployment took over.
 */
export function begin(
  ref: Attempt,
  step: StepName,
  patch: (progress: Progress) => DeploymentPatch = () => ({}),
): Promise<Progress> {
  return retryStale(async () => {
    const progress = await readProgress(ref);
    requireCurrent(progress, ref);
    const { deployment } = progress;
    const { run, steps: before } = deployment;
    const steps = beginStep(before, { name: step, run, attempt: ref.attempt, at: new Date().toISOString() });
    if (steps === before) return progress;
    const { write, changed } = changeDeployment(deployment, { steps, ...patch(progress) });
    await transact([write], deploymentChange('deployment.advanced', changed, DEPLOY_ACTOR));
    return { ...progress, deployment: changed };
  });
}

/** The result of a build: an image, and its report of how it made the image. */
export type Built = Required<Pick<DeploymentRecord, 'imageDigest'>> & Pick<DeploymentRecord, 'report'>;

/** Begins the rehearsal, which may be the first step after the build. It writes to copies of databases alone. */
export function beginRehearsing(ref: Attempt, built: Built | undefined): Promise<Progress> {
  return begin(ref, 'rehearse', () => ({ status: 'deploying', ...built }));
}

/** Begins the first step after the build that may write to databases. It passes on the build's result; undefined when this run built nothing. */
export function beginDeploying(ref: Attempt, step: StepName, built: Built | undefined): Promise<Progress> {
  return begin(ref, step, ({ deployment }) => ({
    ...{ status: 'deploying', ...built },
    // From now on it may write to databases.
    dataAt: deployment.dataAt ?? new Date().toISOString(),
  }));
}

/** Runs the part of a step that writes to the cluster, under the instance's lease. Throws Superseded when a newer deployment took over. */
export function writing<T>(ref: DeploymentRef, part: StepName, work: () => Promise<T>): Promise<T> {
  return underLease(ref, { generation: ref.generation, part }, work);
}
