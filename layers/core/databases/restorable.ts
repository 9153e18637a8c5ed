import { describeCluster } from '@gantry/cloud/rds.ts';
import type { DatabaseDetails } from '@gantry/contract/schemas/databases.ts';
import type { DatabaseRecord } from '../records/databases.ts';
import { clusterName } from './place.ts';

/** The moments between which a database can be restored to any, as RDS says now; null where there are none. */
export async function restorableOf({ id, status }: DatabaseRecord): Promise<DatabaseDetails['restorable']> {
  if (status !== 'ready') return null;
  const restorable = (await describeCluster(clusterName(id)))?.restorable;
  if (restorable === undefined) return null;
  return { earliest: restorable.earliest.toISOString(), latest: restorable.latest.toISOString() };
}
