import { InstanceEntity, type InstanceRecord } from './deployments.ts';

export type { InstanceRecord } from './deployments.ts';

export interface InstanceKey {
  readonly teamId: string;
  readonly serviceId: string;
  readonly environmentId: string;
}

/** The environments to which a service has been deployed, one record for each. Strongly consistent. */
export async function listInstances(teamId: string, serviceId: string): Promise<InstanceRecord[]> {
  const { data } = await InstanceEntity.query.primary({ teamId, serviceId }).go({ pages: 'all', consistent: true });
  return data;
}
