import type { StepName } from '@gantry/contract/schemas/deployments.ts';
import { item } from '../entity.ts';
import type { Change } from '../outbox/outbox.ts';
import type { Write } from '../transact.ts';
import { mayBecome } from './status.ts';
import { endSteps } from './steps.ts';
import { DeploymentEntity, type DeploymentRecord, InstanceEntity, type InstanceRecord } from './store.ts';
import { viewDeployment } from './view.ts';

export type DeploymentPatch = Partial<
  Pick<
    DeploymentRecord,
    'status' | 'steps' | 'reason' | 'releaseId' | 'repositoryUri' | 'imageDigest' | 'url' | 'finishedAt'
  >
>;

/** The write that replaces what is known of a deployment, refused where somebody changed it in the meantime. */
export function changeDeployment(record: DeploymentRecord, patch: DeploymentPatch) {
  if (patch.status !== undefined && patch.status !== record.status && !mayBecome(record.status, patch.status)) {
    throw new Error(`deployment ${record.id} cannot become ${patch.status} after ${record.status}`);
  }
  const { teamId, id } = record;
  const changed: DeploymentRecord = { ...record, ...patch, version: record.version + 1 };
  const write: Write = {
    item: item.update(
      DeploymentEntity.patch({ teamId, id })
        .set({ ...patch, version: changed.version })
        .where(({ version }, { eq }) => eq(version, record.version)),
    ),
  };
  return { write, changed };
}

/** The event of a change to a deployment. */
export function deploymentChange(
  name: 'deployment.queued' | 'deployment.advanced' | 'deployment.finished',
  record: DeploymentRecord,
  actor: string,
): Change<typeof name> {
  return { name, teamId: record.teamId, aggregate: record, actor, data: viewDeployment(record) };
}

/** The write that ends a deployment which a newer one overtakes, with its event. */
export function supersede(record: DeploymentRecord, by: string, step: StepName, actor: string, at: string) {
  const { write, changed } = changeDeployment(record, {
    status: 'superseded',
    steps: [...endSteps(record.steps, 'failed', at)],
    reason: { kind: 'Superseded', step, detail: `Deployment ${by} is newer and took over.`, lines: [] },
    finishedAt: at,
  });
  return { write, change: deploymentChange('deployment.finished', changed, actor) };
}

type InstancePatch = Partial<
  Pick<InstanceRecord, 'generation' | 'activeDeploymentId' | 'liveDeploymentId' | 'liveReleaseId' | 'previousReleaseId'>
>;

/** The write that changes what serves or what is in flight; `removed` names attributes to take away. */
export function changeInstance(
  record: InstanceRecord,
  patch: InstancePatch,
  removed: readonly 'activeDeploymentId'[] = [],
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
