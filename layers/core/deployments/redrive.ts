import { GantryError } from '@gantry/contract/errors.ts';
import { releaseIdOf } from '@gantry/contract/ids.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { item } from '../kernel/entity.ts';
import { willAnswer } from '../kernel/idempotency/execution.ts';
import { joinTrace } from '../kernel/request.ts';
import { retryStale, transact } from '../kernel/transact.ts';
import { deploymentAt, type InstancePath, instanceAt } from '../records/deployment-lookups.ts';
import { ReleaseEntity } from '../records/deployments.ts';
import { requireActive, whileActive } from '../records/project-guards.ts';
import { environmentAt, projectAt, serviceAt } from '../records/project-lookups.ts';
import { requireBelongs } from './operations.ts';
import { viewDeployment } from './view.ts';
import { changeDeployment, changeInstance, deploymentChange } from './writes.ts';

/**
 * Queues a failed deployment again, as its next run. The run starts at the failed step, because the record holds the results of the steps before.
 * Throws Conflict when the deployment has not failed, or a newer one was queued since.
 */
export function redriveDeployment(caller: Caller, path: InstancePath & { deploymentId: string }): Promise<Deployment> {
  return retryStale(async () => {
    const { found } = await authorise(
      caller,
      'deployment.redrive',
      path,
      deploymentAt(path.teamId, path.deploymentId),
      instanceAt(path),
      projectAt(path),
      serviceAt(path),
      environmentAt(path),
    );
    const [deployment, instance, project, service, environment] = found;
    requireBelongs(deployment, path);
    joinTrace(deployment.traceId);
    requireActive(project, service, environment);
    if (deployment.status !== 'failed') {
      const detail = `Deployment ${deployment.id} is ${deployment.status}: only a failed deployment can be retried.`;
      throw new GantryError('Conflict', detail);
    }
    if (instance.latestDeploymentId !== deployment.id) {
      const detail = `Deployment ${instance.latestDeploymentId} is newer. Deploy again, or roll back to what you want.`;
      throw new GantryError('Conflict', detail);
    }
    const generation = instance.generation + 1;
    const next = { status: 'queued' as const, run: deployment.run + 1, generation, bakedSeconds: 0 };
    const { write, changed } = changeDeployment(deployment, { ...next, queuedAt: new Date().toISOString() }, [
      ...(['reason', 'finishedAt', 'shares', 'analysis', 'pausedAt', 'advancedFrom'] as const),
    ]);
    const reply = willAnswer(viewDeployment(changed));
    await transact(
      [
        write,
        changeInstance(instance, { generation, activeDeploymentId: deployment.id }),
        // The next release has the service's settings of that time.
        { item: item.remove(ReleaseEntity.delete({ teamId: path.teamId, id: releaseIdOf(deployment.id) })) },
        ...whileActive(projectAt(path), serviceAt(path), environmentAt(path)),
      ],
      deploymentChange('deployment.queued', changed, caller.userId),
    );
    return reply;
  });
}
