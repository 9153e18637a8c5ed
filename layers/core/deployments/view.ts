import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { DeploymentRecord } from './store.ts';

export function viewDeployment(record: DeploymentRecord): Deployment {
  const { id, teamId, projectId, environmentId, serviceId, status, createdAt, version } = record;
  const { generation, run, weight, bakedSeconds, traceId, queuedAt } = record;
  return {
    id,
    teamId,
    projectId,
    environmentId,
    serviceId,
    source: record.source,
    status,
    steps: [...record.steps],
    reason: record.reason ?? null,
    generation,
    run,
    weight,
    bakedSeconds,
    releaseId: record.releaseId ?? null,
    imageDigest: record.imageDigest ?? null,
    url: record.url ?? null,
    traceId,
    createdBy: record.createdBy ?? null,
    createdAt,
    queuedAt,
    finishedAt: record.finishedAt ?? null,
    version,
  };
}
