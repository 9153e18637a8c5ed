import { GantryError } from '@gantry/contract/errors.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { willAnswer } from '../kernel/idempotency/execution.ts';
import { joinTrace } from '../kernel/request.ts';
import { retryStale, transact } from '../kernel/transact.ts';
import { deploymentAt, type InstancePath } from '../records/deployment-lookups.ts';
import type { DeploymentRecord } from '../records/deployments.ts';
import { requireBelongs } from './operations.ts';
import { isInFlight } from './status.ts';
import { viewDeployment } from './view.ts';
import { changeDeployment, deploymentChange } from './writes.ts';

type Path = InstancePath & { readonly deploymentId: string };

/** Lets the release of a deployment in flight keep the share that it has. A paused deployment is answered again. Throws Conflict for an ended one. */
export function pauseDeployment(caller: Caller, path: Path): Promise<Deployment> {
  return control(caller, path, (deployment) =>
    deployment.pausedAt === undefined
      ? changeDeployment(deployment, { pausedAt: new Date().toISOString() })
      : undefined,
  );
}

/** Lets a paused deployment go on at the next look at its release. One that is not paused is answered as it is. Throws Conflict for an ended one. */
export function resumeDeployment(caller: Caller, path: Path): Promise<Deployment> {
  return control(caller, path, (deployment) =>
    deployment.pausedAt === undefined ? undefined : changeDeployment(deployment, {}, ['pausedAt']),
  );
}

/**
 * Gives the release of a deployment in flight its next share at the next look, unless the release is bad. A pause ends.
 * Throws Conflict for an ended deployment, and for a deployment without a part of the traffic.
 */
export function advanceDeployment(caller: Caller, path: Path): Promise<Deployment> {
  return control(caller, path, (deployment) => {
    const { id, shares = [], weight, advancedFrom, pausedAt } = deployment;
    if (weight === 0 || weight === 100) {
      const detail = `Deployment ${id} has ${weight} % of the traffic: only one with a part of the traffic has a next share.`;
      throw new GantryError('Conflict', detail);
    }
    if (advancedFrom === shares.length && pausedAt === undefined) return undefined;
    return changeDeployment(deployment, { advancedFrom: shares.length }, ['pausedAt']);
  });
}

type Changed = ReturnType<typeof changeDeployment> | undefined;

/** Changes a deployment in flight for the next look at its release; undefined for no change. */
function control(caller: Caller, path: Path, change: (deployment: DeploymentRecord) => Changed): Promise<Deployment> {
  return retryStale(async () => {
    const { found } = await authorise(caller, 'deployment.control', path, deploymentAt(path.teamId, path.deploymentId));
    const [deployment] = found;
    requireBelongs(deployment, path);
    joinTrace(deployment.traceId);
    if (!isInFlight(deployment.status)) {
      const detail = `Deployment ${deployment.id} is ${deployment.status}: it is no longer on its way.`;
      throw new GantryError('Conflict', detail);
    }
    const changed = change(deployment);
    if (changed === undefined) return viewDeployment(deployment);
    const reply = willAnswer(viewDeployment(changed.changed));
    await transact([changed.write], deploymentChange('deployment.advanced', changed.changed, caller.userId));
    return reply;
  });
}
