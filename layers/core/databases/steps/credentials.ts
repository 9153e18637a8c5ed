import { describeCluster } from '@gantry/cloud/rds.ts';
import { runSql } from '@gantry/cloud/rds-data.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { DatabaseEntity } from '../../records/databases.ts';
import { engineOf } from '../engines/engines.ts';
import { clusterName, sqlTarget } from '../place.ts';
import { ensurePassword } from '../secret.ts';
import { beginStep } from '../writes.ts';
import { creating, type Target } from './input.ts';

/** The first of the two users that take turns when passwords are changed. */
export const FIRST_USER = 'app_a';

/** Makes the user that apps have, with a password that stands in Secrets Manager alone. */
export async function credentials(target: Target): Promise<void> {
  const database = await creating(target);
  await beginStep(database, 'credentials');
  const server = await describeCluster(clusterName(database.id));
  if (server === undefined) throw new GantryError('Unavailable', 'The server of the database is not there. Try again.');
  const { teamId, projectId, environmentId, id } = database;
  const known = { cluster: server.arn, masterSecret: server.masterSecret };
  await DatabaseEntity.patch({ teamId, projectId, environmentId, id }).set(known).go();
  const password = await ensurePassword(id);
  await runSql(sqlTarget({ ...database, ...known }), engineOf(database.engine).letIn(FIRST_USER, password));
}
