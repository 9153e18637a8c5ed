import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { DeploymentRecord } from './store.ts';

export function viewDeployment(record: DeploymentRecord): Deployment {
  const { id, teamId, projectId, environmentId, serviceId, status, createdBy, createdAt, version } = record;
  const { generation, run, weight, bakedSeconds, traceId, queuedAt } = record;
  return {
    id,
    teamId,
    projectId,
    environmentId,
    serviceId,
    source: viewSource(record),
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
    createdBy,
    createdAt,
    queuedAt,
    finishedAt: record.finishedAt ?? null,
    version,
  };
}

function viewSource({ id, uploadId, rollbackTo }: DeploymentRecord): Deployment['source'] {
  if (uploadId !== undefined) return { kind: 'upload', uploadId };
  if (rollbackTo !== undefined) return { kind: 'release', releaseId: rollbackTo };
  throw new Error(`deployment ${id} has no source`);
}
