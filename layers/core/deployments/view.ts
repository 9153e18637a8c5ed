import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { DeploymentRecord } from '../records/deployments.ts';
import { runningStep } from './steps.ts';

/** The public view. `isKept` says whether the release can still be rolled back to, if that was looked up; otherwise the status decides. */
export function viewDeployment(record: DeploymentRecord, isKept = wasLive(record)): Deployment {
  const { id, teamId, projectId, environmentId, serviceId, status, createdAt, version } = record;
  const { steps, generation, run, weight, bakedSeconds, traceId, queuedAt } = record;
  return {
    id,
    teamId,
    projectId,
    environmentId,
    serviceId,
    source: record.source,
    status,
    steps: [...steps],
    reason: record.reason ?? null,
    waitsFor: (runningStep(steps) === 'verify' && record.waitsFor) || null,
    canRollBack: wasLive(record) && isKept,
    generation,
    run,
    weight,
    bakedSeconds,
    analysis: record.analysis ?? null,
    pausedAt: record.pausedAt ?? null,
    promotedFrom: record.promotedFrom ?? null,
    releaseId: record.releaseId ?? null,
    imageDigest: record.imageDigest ?? null,
    url: record.url ?? null,
    dataAt: record.dataAt ?? null,
    traceId,
    createdBy: record.createdBy ?? null,
    createdAt,
    queuedAt,
    finishedAt: record.finishedAt ?? null,
    version,
  };
}

/** Whether the deployment was live and another is now: a rollback can return to it. */
export function wasLive({ status }: Pick<DeploymentRecord, 'status'>): boolean {
  return status === 'removed' || status === 'rolled_back';
}
