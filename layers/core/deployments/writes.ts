import type { Reason } from '@gantry/contract/schemas/deployments.ts';
import { item } from '../kernel/entity.ts';
import type { Change } from '../kernel/outbox/outbox.ts';
import type { Write } from '../kernel/write.ts';
import {
  DeploymentEntity,
  type DeploymentRecord,
  InstanceEntity,
  type InstanceRecord,
} from '../records/deployments.ts';
import { mayBecome } from './status.ts';
import { beginStep, endSteps, runningStep } from './steps.ts';
import { viewDeployment } from './view.ts';

export type DeploymentPatch = Partial<
  Pick<
    DeploymentRecord,
    | 'status'
    | 'steps'
    | 'reason'
    | 'waitsFor'
    | 'releaseId'
    | 'repositoryUri'
    | 'source'
    | 'fetched'
    | 'archiveDigest'
    | 'imageDigest'
    | 'report'
    | 'url'
    | 'dataAt'
    | 'rehearsed'
    | 'finishedAt'
    | 'generation'
    | 'run'
    | 'weight'
    | 'bakedSeconds'
    | 'shares'
    | 'analysis'
    | 'pausedAt'
    | 'advancedFrom'
    | 'queuedAt'
  >
>;

/** The write that replaces a deployment's record, refused when somebody changed it meanwhile; attributes in `removed` are deleted. */
export function changeDeployment(
  record: DeploymentRecord,
  patch: DeploymentPatch,
  removed: readonly ('reason' | 'finishedAt' | 'shares' | 'analysis' | 'pausedAt' | 'advancedFrom')[] = [],
) {
  if (patch.status !== undefined && patch.status !== record.status && !mayBecome(record.status, patch.status)) {
    throw new Error(`deployment ${record.id} cannot become ${patch.status} after ${record.status}`);
  }
  const { teamId, id } = record;
  const changed: DeploymentRecord = { ...record, ...patch, version: record.version + 1 };
  for (const attribute of removed) delete changed[attribute];
  const write: Write = {
    item: item.update(
      DeploymentEntity.patch({ teamId, id })
        .set({ ...patch, version: changed.version })
        .remove([...removed])
        .where(({ version }, { eq }) => eq(version, record.version)),
    ),
  };
  return { write, changed };
}

/** The event of a change to a deployment. It belongs to the deployment's own trace, whatever caused the change. */
export function deploymentChange(
  name: 'deployment.queued' | 'deployment.advanced' | 'deployment.finished',
  record: DeploymentRecord,
  actor: string,
): Change<typeof name> {
  const { teamId, traceId } = record;
  return { name, teamId, aggregate: record, actor, traceId, data: viewDeployment(record) };
}

/** The write that fails a deployment in flight, with its event: step `revert` begins, and `endRevert` ends it. */
export function failDeployment(record: DeploymentRecord, reason: Omit<Reason, 'step'>, actor: string) {
  return ended(record, 'failed', reason, actor);
}

/** The write that ends an unwanted deployment in flight, with its event. */
export function endDeployment(
  record: DeploymentRecord,
  status: 'superseded' | 'cancelled',
  reason: Omit<Reason, 'step'>,
  actor: string,
) {
  return ended(record, status, reason, actor);
}

function ended(
  record: DeploymentRecord,
  status: 'failed' | 'superseded' | 'cancelled',
  reason: Omit<Reason, 'step'>,
  actor: string,
) {
  const at = new Date().toISOString();
  const stopped = endSteps(record.steps, { status: 'failed', at, reason: reason.detail });
  const { write, changed } = changeDeployment(record, {
    status,
    steps: status === 'failed' ? beginStep(stopped, { name: 'revert', run: record.run, attempt: 1, at }) : stopped,
    reason: { ...reason, step: runningStep(record.steps) },
    weight: 0,
    finishedAt: at,
  });
  return { write, changed, change: deploymentChange('deployment.finished', changed, actor) };
}

type InstancePatch = Partial<
  Pick<
    InstanceRecord,
    | 'generation'
    | 'latestDeploymentId'
    | 'activeDeploymentId'
    | 'liveDeploymentId'
    | 'liveReleaseId'
    | 'previousReleaseId'
    | 'warmUntil'
    | 'stoppedAt'
    | 'stoppedBy'
  >
>;

/** The write that changes the live or running deployment of an instance; attributes in `removed` are deleted. */
export function changeInstance(
  record: InstanceRecord,
  patch: InstancePatch,
  removed: readonly ('activeDeploymentId' | 'warmUntil' | 'stoppedAt' | 'stoppedBy')[] = [],
): Write {
  const { teamId, serviceId, environmentId } = record;
  return {
    item: item.update(
      InstanceEntity.patch({ teamId, serviceId, environmentId })
        .set({ ...patch, version: record.version + 1 })
        .remove([...removed])
        .where(({ version }, { eq }) => eq(version, record.version)),
    ),
  };
}
