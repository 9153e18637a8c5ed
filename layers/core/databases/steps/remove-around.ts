import { removeGroup } from '@gantry/cloud/ec2.ts';
import { environment } from '@gantry/cloud/environment.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { clusterName } from '../place.ts';
import { erasePasswords } from '../secret.ts';

/** Removes a database's secret and security group. Throws Unavailable while network interfaces still use the group. */
export async function removeAround(databaseId: string): Promise<void> {
  await erasePasswords(databaseId);
  if (await removeGroup(clusterName(databaseId), environment('NETWORK_ID'))) return;
  throw new GantryError('Unavailable', 'The security group of the database is still in use. Try again.');
}
