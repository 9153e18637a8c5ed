import { describeCluster } from '@gantry/cloud/rds.ts';
import { runSql } from '@gantry/cloud/rds-data.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { DatabaseEntity } from '../../records/databases.ts';
import { engineOf } from '../engines/engines.ts';
import { clusterName, sqlTarget } from '../place.ts';
import { ensurePassword, FIRST_USER } from '../secret.ts';
import { beginStep } from '../writes.ts';
import { creating, type Target } from './input.ts';

/** Makes the user of apps. The user's password is only in Secrets Manager. */
export async function credentials(target: Target): Promise<void> {
  const database = await creating(target);
  await beginStep(database, 'credentials');
  const server = await describeCluster(clusterName(database.id));
  if (server === undefined)
    throw new GantryError('Unavailable', 'The server of the database does not exist yet. Try again.');
  const { teamId, projectId, environmentId, id } = database;
  const known = { cluster: server.arn, masterSecret: server.masterSecret };
  await DatabaseEntity.patch({ teamId, projectId, environmentId, id }).set(known).go();
  const password = await ensurePassword(id, FIRST_USER);
  const engine = engineOf(database.engine);
  // Users of the restored data's source must not get access to the copy.
  const shutOut = database.origin === undefined ? [] : engine.shutOut();
  const { statementSeconds: seconds } = database;
  const limits = seconds === undefined ? [] : engine.limit(FIRST_USER, seconds);
  await runSql(sqlTarget({ ...database, ...known }), [...shutOut, ...engine.letIn(FIRST_USER, password), ...limits]);
}
