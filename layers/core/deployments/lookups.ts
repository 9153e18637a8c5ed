import type { Lookup } from '../access.ts';
import { lookupOf } from '../lookup.ts';
import {
  DeploymentEntity,
  type DeploymentRecord,
  InstanceEntity,
  type InstanceRecord,
  ReleaseEntity,
  type ReleaseRecord,
} from './store.ts';

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
