import { environment } from '@gantry/cloud/environment.ts';
import { describeExecution } from '@gantry/cloud/stepfunctions.ts';
import { lookUp, optional } from '../access.ts';
import { eachLimited } from '../limited.ts';
import { endExecution } from './ended.ts';
import { deploymentAt } from './lookups.ts';
import { endings } from './machine/execution.ts';
import { isInFlight } from './status.ts';
import { InstanceEntity, type InstanceRecord } from './store.ts';

/** There is one Gateway now, and so one shard. */
const SHARD = 0;
const PAGE = 100;
/** Step Functions answers some fifteen descriptions a second for long. */
const CONCURRENCY = 5;

/**
 * Compares every deployment in flight with its execution, and ends those whose execution has ended. Stops at `deadline`, in milliseconds
 * since 1970. What fails for one does not keep it from the others; then the first error is thrown.
 */
export async function reconcileAll(deadline: number): Promise<void> {
  const errors: unknown[] = [];
  let next: string | null = null;
  do {
    const query = InstanceEntity.query.byShard({ shard: SHARD });
    const { data, cursor }: { data: InstanceRecord[]; cursor: string | null } = await query.go({
      limit: PAGE,
      cursor: next,
    });
    await eachLimited(data, CONCURRENCY, (instance) => reconcile(instance, deadline)).catch((error: unknown) => {
      errors.push(error);
    });
    next = cursor;
  } while (next !== null && Date.now() < deadline);
  if (errors.length > 0) throw errors[0];
}

async function reconcile(instance: InstanceRecord, deadline: number): Promise<void> {
  const { activeDeploymentId: deploymentId, teamId, projectId, serviceId, environmentId } = instance;
  if (deploymentId === undefined || Date.now() >= deadline) return;
  const [deployment] = await lookUp(optional(deploymentAt(teamId, deploymentId)));
  if (deployment === undefined || !isInFlight(deployment.status)) return;
  const execution = await describeExecution(environment('DEPLOY_MACHINE_ARN'), deploymentId);
  const status = endings.find((ending) => ending === execution?.status);
  if (execution?.stoppedAt === undefined || status === undefined) return;
  const { stoppedAt } = execution;
  await endExecution({ deploymentId, teamId, projectId, serviceId, environmentId, status, stoppedAt });
}
