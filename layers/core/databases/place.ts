import { environment } from '@gantry/cloud/environment.ts';
import type { SqlTarget } from '@gantry/cloud/rds-data.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import type { DatabaseRecord } from '../records/databases.ts';
import { DATABASE_NAME } from './view.ts';

/** The name of a database's cluster, and of its security group, in the account. */
export function clusterName(databaseId: string): string {
  return `gantry-${environment('STAGE')}-${toKubernetesName(databaseId)}`;
}

/** The tags of a database's resources. Policies use them to limit rights to single databases. */
export function tagsOf({ id, projectId, environmentId, teamId }: DatabaseRecord): Record<string, string> {
  return {
    'gantry:stage': environment('STAGE'),
    'gantry:team': teamId,
    'gantry:project': projectId,
    'gantry:environment': environmentId,
    'gantry:database': id,
  };
}

/** Where the master user's statements run. Throws Unavailable where the server was never there. */
export function sqlTarget({ cluster, masterSecret }: DatabaseRecord): SqlTarget {
  if (cluster === undefined || masterSecret === undefined)
    throw new GantryError('Unavailable', 'The server of the database does not exist yet. Try again.');
  return { cluster, secret: masterSecret, database: DATABASE_NAME };
}
