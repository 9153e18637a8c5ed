import { GantryError } from '@gantry/contract/errors.ts';
import type {
  Database,
  DatabaseChange,
  DatabaseConfirmation,
  DatabaseDetails,
} from '@gantry/contract/schemas/databases.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { type PageQuery, page, pageOptions } from '../kernel/page.ts';
import { retryStale } from '../kernel/transact.ts';
import { isUnderWay } from '../projects/deletion.ts';
import {
  BACKUP_DAYS,
  DatabaseEntity,
  type DatabasePath,
  type DatabaseRecord,
  databaseAt,
  type EnvironmentPath,
} from '../records/databases.ts';
import { requireActive } from '../records/project-guards.ts';
import { environmentAt, projectAt } from '../records/project-lookups.ts';
import { requireIdle, requireMade, requireReady } from './guards.ts';
import { requestDeletion } from './request-deletion.ts';
import { restorableOf } from './restorable.ts';
import { otherUser } from './secret.ts';
import { requireUnused, rollbacksWith, usesOf } from './uses.ts';
import { variablesOffered } from './values.ts';
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
    rollbacks: await rollbacksWith(database),
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
      throw new GantryError('Conflict', 'The name that confirms the deletion is not the name of the database.', [
        { field: 'query.confirm', message: `must be ${database.slug}` },
      ]);
    requireMade(database);
    requireIdle(database);
    await requireUnused(database);
    return requestDeletion(database, caller.userId);
  });
}

/** Asks for another size, another restore period, or another pace of restore drills. Until machine `database` has changed the server, the record keeps its present values. */
export function updateDatabase(caller: Caller, path: DatabasePath, change: DatabaseChange): Promise<Database> {
  return requestChange(caller, path, 'database.change-requested', (database) => {
    const { size = database.size, backupDays = database.backupDays ?? BACKUP_DAYS } = change;
    const drillDays = change.drillDays === undefined ? (database.drillDays ?? 0) : (change.drillDays ?? 0);
    return { wanted: { size, backupDays, drillDays }, step: 'change' };
  });
}

/**
 * Asks for another user with a new password for apps. Machine `database` makes the user; then each service that uses the database is deployed. The
 * present user stays valid until the next rotation.
 */
export function rotateDatabase(caller: Caller, path: DatabasePath): Promise<Database> {
  return requestChange(caller, path, 'database.rotation-requested', ({ user }) => ({
    rotating: otherUser(user),
    step: 'rotate',
  }));
}

/** Records a change that machine `database` carries out on a ready database. Throws Conflict when it is not ready, or is being changed already. */
function requestChange(
  caller: Caller,
  path: DatabasePath,
  name: 'database.change-requested' | 'database.rotation-requested',
  wanted: (database: DatabaseRecord) => Pick<Partial<DatabaseRecord>, 'wanted' | 'rotating' | 'step'>,
): Promise<Database> {
  return retryStale(async () => {
    const { found } = await authorise(caller, 'database.update', path, projectAt(path), databaseAt(path));
    const [project, database] = found;
    requireActive(project, database);
    requireReady(database);
    requireIdle(database);
    const busySince = new Date().toISOString();
    return commit(database, { ...wanted(database), busySince }, { name, actor: caller.userId });
  });
}
