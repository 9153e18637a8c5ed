import { environment } from '@gantry/cloud/environment.ts';
import { describeExecution } from '@gantry/cloud/stepfunctions.ts';
import { eachLimited } from '../../kernel/limited.ts';
import { lookUp, optional } from '../../kernel/lookup.ts';
import { deploymentAt } from '../../records/deployment-lookups.ts';
import { type DeploymentRecord, InstanceEntity, type InstanceRecord, SHARD } from '../../records/deployments.ts';
import { requestLook } from '../health/again.ts';
import { executionName, startDeployment } from '../start.ts';
import { isInFlight } from '../status.ts';
import { endings } from '../steps/execution.ts';
import { viewDeployment } from '../view.ts';
import { failRun } from './fail-run.ts';
import { repair } from './repair.ts';
import { endRevert } from './tidy.ts';

const PAGE = 100;
/** Step Functions allows about fifteen descriptions a second in the long run. */
const CONCURRENCY = 5;
/** By then the consumer has started a queued deployment, or has given up. */
const STARTED_MS = 120_000;

/**
 * Compares the table, executions and the cluster, instance by instance: a deployment in flight with its execution, and an idle instance with its
 * workloads. Stops at `deadline`, in milliseconds since 1970. A failure for one instance does not stop the others; afterwards the first error is
 * thrown.
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
  if (Date.now() >= deadline) return;
  const { teamId, activeDeploymentId, latestDeploymentId } = instance;
  const [active] = await lookUp(optional(deploymentAt(teamId, activeDeploymentId ?? 'none')));
  if (active !== undefined && isInFlight(active.status)) return follow(active);
  await repair(instance);
  const { serviceId, environmentId } = instance;
  await requestLook({ teamId, serviceId, environmentId, lookAt: 0 });
  await endRevert(teamId, latestDeploymentId);
}

/** Compares a deployment in flight with its execution. Starts a missing execution; an ended execution ends the deployment. */
async function follow(deployment: DeploymentRecord): Promise<void> {
  const { id: deploymentId, teamId, projectId, serviceId, environmentId, generation, traceId } = deployment;
  const execution = await describeExecution(environment('DEPLOY_MACHINE_ARN'), executionName(deployment));
  if (execution === undefined) {
    if (Date.now() - Date.parse(deployment.queuedAt) > STARTED_MS) await startDeployment(viewDeployment(deployment));
    return;
  }
  const { stoppedAt } = execution;
  const status = endings.find((ending) => ending === execution.status);
  if (stoppedAt === undefined || status === undefined) return;
  const ref = { deploymentId, teamId, projectId, serviceId, environmentId, generation, traceId };
  await failRun({ ...ref, status, stoppedAt });
}
