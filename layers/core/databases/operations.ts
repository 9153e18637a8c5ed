import { GantryError } from '@gantry/contract/errors.ts';
import type {
  Database,
  DatabaseChange,
  DatabaseConfirmation,
  DatabaseDetails,
} from '@gantry/contract/schemas/databases.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { willAnswer } from '../kernel/idempotency/execution.ts';
import { type PageQuery, page, pageOptions } from '../kernel/page.ts';
import { retryStale } from '../kernel/transact.ts';
import { isUnderWay } from '../projects/deletion.ts';
import {
  BACKUP_DAYS,
  DatabaseEntity,
  type DatabasePath,
  databaseAt,
  type EnvironmentPath,
} from '../records/databases.ts';
import { requireActive } from '../records/project-guards.ts';
import { environmentAt, projectAt } from '../records/project-lookups.ts';
import { requireIdle, requireMade } from './guards.ts';
import { requestDeletion } from './request-deletion.ts';
import { restorableOf } from './restorable.ts';
import { otherUser } from './secret.ts';
import { requireUnused, usesOf } from './uses.ts';
import { notReady, variablesOffered } from './values.ts';
import { viewDatabase } from './view.ts';
import { commit } from './writes.ts';

/** An environment's databases, oldest first. */
export async function listDatabases(caller: Caller, path: EnvironmentPath, query: PageQuery) {
  await authorise(caller, 'database.read', path, projectAt(path), environmentAt(path));
  const { teamId, projectId, environmentId } = path;
  return page(
    query,
    () => DatabaseEntity.query.primary({ teamId, projectId, environmentId }).go(pageOptions(query)),
    viewDatabase,
  );
}

/** One database, with who refers to it. */
export async function getDatabase(caller: Caller, path: DatabasePath): Promise<DatabaseDetails> {
  const { found } = await authorise(caller, 'database.read', path, projectAt(path), databaseAt(path));
  const [, database] = found;
  return {
    ...viewDatabase(database),
    variables: variablesOffered(database.engine),
    usedBy: await usesOf(database),
    restorable: await restorableOf(database),
  };
}

/**
 * Asks for a database's deletion, which machine `database` carries out after a last backup. Asked again, it changes nothing. Throws Conflict
 * while variables refer to it.
 */
export function deleteDatabase(
  caller: Caller,
  path: DatabasePath,
  { confirm }: DatabaseConfirmation,
): Promise<Database> {
  return retryStale(async () => {
    const { found } = await authorise(caller, 'database.delete', path, projectAt(path), databaseAt(path));
    const [project, database] = found;
    if (isUnderWay(project) || isUnderWay(database)) return viewDatabase(database);
    if (confirm !== database.slug)
      throw new GantryError('Conflict', 'The name that confirms the deletion is not that of the database.', [
        { field: 'query.confirm', message: `must be ${database.slug}` },
      ]);
    requireMade(database);
    requireIdle(database);
    await requireUnused(database);
    return requestDeletion(database, caller.userId);
  });
}

/**
 * Asks for another size, or for another time in which moments can be restored. Machine `database` carries it out; until then the record shows what is so now.
 * Throws Conflict where the database is not ready, or is being changed.
 */
export function updateDatabase(caller: Caller, path: DatabasePath, change: DatabaseChange): Promise<Database> {
  return retryStale(async () => {
    const { found } = await authorise(caller, 'database.update', path, projectAt(path), databaseAt(path));
    const [project, database] = found;
    requireActive(project, database);
    if (database.status !== 'ready') throw notReady(database);
    requireIdle(database);
    const { size = database.size, backupDays = database.backupDays ?? BACKUP_DAYS } = change;
    const told = { name: 'database.change-requested', actor: caller.userId } as const;
    const busySince = new Date().toISOString();
    return commit(database, { wanted: { size, backupDays }, step: 'change', busySince }, told);
  });
}

/**
 * Asks for another user with a new password for apps. Machine `database` makes it; what uses the database is deployed with it then. The user of now stays
 * valid until the next rotation. Throws Conflict where the database is not ready, or is being changed.
 */
export function rotateDatabase(caller: Caller, path: DatabasePath): Promise<Database> {
  return retryStale(async () => {
    const { found } = await authorise(caller, 'database.update', path, projectAt(path), databaseAt(path));
    const [project, database] = found;
    requireActive(project, database);
    if (database.status !== 'ready') throw notReady(database);
    requireIdle(database);
    const busySince = new Date().toISOString();
    const told = { name: 'database.rotation-requested', actor: caller.userId } as const;
    const answer = { ...viewDatabase(database), step: 'rotate' as const, version: database.version + 1 };
    willAnswer(answer);
    return commit(database, { rotating: otherUser(database.user), step: 'rotate', busySince }, told);
  });
}
