import { describeCluster } from '@gantry/cloud/rds.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { DatabaseDetails } from '@gantry/contract/schemas/databases.ts';
import type { DatabaseRecord } from '../records/databases.ts';
import { clusterName } from './place.ts';

type Restorable = NonNullable<DatabaseDetails['restorable']>;

/** The first and the last moment to which a database can be restored, according to RDS now; null if there are none. */
export async function restorableOf({ id, status }: DatabaseRecord): Promise<DatabaseDetails['restorable']> {
  if (status !== 'ready') return null;
  const restorable = (await describeCluster(clusterName(id)))?.restorable;
  if (restorable === undefined) return null;
  return { earliest: restorable.earliest.toISOString(), latest: restorable.latest.toISOString() };
}

/** The same, for a caller that needs a moment. Throws Conflict when there are none yet. */
export async function requireRestorable(database: DatabaseRecord): Promise<Restorable> {
  const restorable = await restorableOf(database);
  if (restorable === null)
    throw new GantryError('Conflict', `Database ${database.slug} cannot be restored to a moment yet. Try again later.`);
  return restorable;
}
