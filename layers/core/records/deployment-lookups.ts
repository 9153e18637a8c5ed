import type { Lookup } from '../kernel/lookup.ts';
import { lookupOf } from '../kernel/lookup.ts';
import { tableName } from '../kernel/table.ts';
import type { Write } from '../kernel/write.ts';
import {
  DeploymentEntity,
  type DeploymentRecord,
  InstanceEntity,
  type InstanceRecord,
  ReleaseEntity,
  type ReleaseRecord,
} from './deployments.ts';

/** A service in an environment. */
export interface InstancePath {
  readonly teamId: string;
  readonly projectId: string;
  readonly serviceId: string;
  readonly environmentId: string;
}

export const deploymentAt = (teamId: string, id: string): Lookup<DeploymentRecord> =>
  lookupOf(`deployment ${id}`, DeploymentEntity.get({ teamId, id }), (item) => DeploymentEntity.parse(item));

export const releaseAt = (teamId: string, id: string): Lookup<ReleaseRecord> =>
  lookupOf(`release ${id}`, ReleaseEntity.get({ teamId, id }), (item) => ReleaseEntity.parse(item));

export const instanceAt = ({
  teamId,
  serviceId,
  environmentId,
}: Omit<InstancePath, 'projectId'>): Lookup<InstanceRecord> =>
  lookupOf(
    'deployment of this service in this environment',
    InstanceEntity.get({ teamId, serviceId, environmentId }),
    (item) => InstanceEntity.parse(item),
  );

/** In a transaction: refused once a run of a deployment is not the one in flight. */
export function whileInFlight(path: Omit<InstancePath, 'projectId'>, deploymentId: string, generation: number): Write {
  return {
    item: {
      ConditionCheck: {
        TableName: tableName,
        Key: { ...instanceAt(path).key },
        ConditionExpression: 'activeDeploymentId = :deployment AND generation = :generation',
        ExpressionAttributeValues: { ':deployment': deploymentId, ':generation': generation },
      },
    },
  };
}
