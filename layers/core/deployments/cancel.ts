import { GantryError } from '@gantry/contract/errors.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { willAnswer } from '../kernel/idempotency/execution.ts';
import { joinTrace } from '../kernel/request.ts';
import { retryStale, transact } from '../kernel/transact.ts';
import { deploymentAt, type InstancePath, instanceAt } from '../records/deployment-lookups.ts';
import { requireBelongs } from './operations.ts';
import { isInFlight } from './status.ts';
import { viewDeployment } from './view.ts';
import { changeInstance, endDeployment } from './writes.ts';

/**
 * Cancels a deployment in flight. From this commit on it writes nothing to the cluster, because the instance's generation has risen. The consumer of
 * the event stops its machine and undoes its changes. A cancelled deployment is answered again; any other ended one throws Conflict.
 */
export function cancelDeployment(caller: Caller, path: InstancePath & { deploymentId: string }): Promise<Deployment> {
  return retryStale(async () => {
    const { found } = await authorise(
      caller,
      'deployment.cancel',
      path,
      deploymentAt(path.teamId, path.deploymentId),
      instanceAt(path),
    );
    const [deployment, instance] = found;
    requireBelongs(deployment, path);
    joinTrace(deployment.traceId);
    if (deployment.status === 'cancelled') return viewDeployment(deployment);
    if (!isInFlight(deployment.status) || instance.activeDeploymentId !== deployment.id) {
      throw new GantryError(
        'Conflict',
        `Deployment ${deployment.id} is ${deployment.status}: there is nothing to cancel.`,
      );
    }
    const detail = `It was cancelled by ${caller.email}.`;
    const { write, changed, change } = endDeployment(
      deployment,
      'cancelled',
      { kind: 'Conflict', detail, lines: [] },
      caller.userId,
    );
    const reply = willAnswer(viewDeployment(changed));
    const ended = changeInstance(instance, { generation: instance.generation + 1 }, ['activeDeploymentId']);
    await transact([write, ended], change);
    return reply;
  });
}
