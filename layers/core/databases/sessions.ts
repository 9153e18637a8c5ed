import { runSql } from '@gantry/cloud/rds-data.ts';
import { newId } from '@gantry/contract/ids.ts';
import type { DatabaseSession } from '@gantry/contract/schemas/databases.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { willAnswer } from '../kernel/idempotency/execution.ts';
import { transact } from '../kernel/transact.ts';
import { type DatabasePath, databaseAt } from '../records/databases.ts';
import { requireActive } from '../records/project-guards.ts';
import { projectAt } from '../records/project-lookups.ts';
import { engineOf } from './engines/engines.ts';
import { sqlTarget } from './place.ts';
import { newPassword } from './secret.ts';
import { notReady } from './values.ts';
import { viewDatabase } from './view.ts';

const LASTS_MS = 3600_000;

/**
 * Makes a database user only for the caller, valid for an hour, and records this in the audit log. Only this answer
 * holds the password. Throws Conflict if the database is not ready.
 */
export async function connectDatabase(caller: Caller, path: DatabasePath): Promise<DatabaseSession> {
  const { found } = await authorise(caller, 'database.connect', path, projectAt(path), databaseAt(path));
  const [project, database] = found;
  requireActive(project, database);
  const { endpoint } = viewDatabase(database);
  if (endpoint === null || database.status !== 'ready') throw notReady(database);
  const { engine, teamId, projectId, environmentId, id: databaseId, version } = database;
  const user = `gantry_${newId('event').slice(4).toLowerCase()}`;
  const password = newPassword();
  const expiresAt = new Date(Date.now() + LASTS_MS).toISOString();
  // This comes before the audit row: a user whose password nobody has received is harmless.
  await runSql(sqlTarget(database), engineOf(engine).session(user, password, expiresAt));
  const answer = willAnswer({ engine, ...endpoint, user, password, expiresAt });
  await transact([], {
    name: 'database.connected',
    teamId,
    actor: caller.userId,
    aggregate: { id: databaseId, version },
    data: { databaseId, projectId, environmentId, userId: caller.userId, user, expiresAt },
  });
  return answer;
}
