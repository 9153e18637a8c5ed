import { describeCluster } from '@gantry/cloud/rds.ts';
import type { DatabaseDetails } from '@gantry/contract/schemas/databases.ts';
import type { DatabaseRecord } from '../records/databases.ts';
import { clusterName } from './place.ts';

/** The first and the last moment to which a database can be restored, according to RDS now; null if there are none. */
export async function restorableOf({ id, status }: DatabaseRecord): Promise<DatabaseDetails['restorable']> {
  if (status !== 'ready') return null;
  const restorable = (await describeCluster(clusterName(id)))?.restorable;
  if (restorable === undefined) return null;
  return { earliest: restorable.earliest.toISOString(), latest: restorable.latest.toISOString() };
}
