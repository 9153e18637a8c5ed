import { GantryError } from '@gantry/contract/errors.ts';
import { newId } from '@gantry/contract/ids.ts';
import { quotas } from '@gantry/contract/quotas.ts';
import type { Backup } from '@gantry/contract/schemas/backups.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { item } from '../kernel/entity.ts';
import { willAnswer } from '../kernel/idempotency/execution.ts';
import { type PageQuery, page, pageOptions } from '../kernel/page.ts';
import { retryStale, transact } from '../kernel/transact.ts';
import type { Write } from '../kernel/write.ts';
import { isUnderWay } from '../projects/deletion.ts';
import { BackupEntity, type BackupPath, backupAt } from '../records/backups.ts';
import {
  DatabaseEntity,
  type DatabasePath,
  type DatabaseRecord,
  databaseAt,
  type EnvironmentPath,
} from '../records/databases.ts';
import { requireActive, requireRoom, whileActive } from '../records/project-guards.ts';
import { environmentAt, projectAt } from '../records/project-lookups.ts';
import { requireReady } from './guards.ts';
import { clusterName } from './place.ts';
import { viewBackup } from './view.ts';
import { commitBackup } from './writes.ts';

/** Records a backup that somebody asked for; machine `database` makes it. Throws Conflict where the database is not ready. */
export function createBackup(caller: Caller, path: DatabasePath): Promise<Backup> {
  return retryStale(async () => {
    const { found } = await authorise(caller, 'backup.create', path, projectAt(path), databaseAt(path));
    const [project, database] = found;
    requireActive(project, database);
    requireReady(database);
    requireRoom(database.backups ?? 0, quotas.backupsPerDatabase, 'backups of a database');
    const { teamId, projectId, environmentId, id: databaseId, slug, engine, engineVersion, size } = database;
    const id = newId('backup');
    const backup = {
      ...{ teamId, projectId, environmentId, id, databaseId, slug, engine, engineVersion, size },
      ...{ kind: 'manual' as const, status: 'creating' as const, snapshot: clusterName(id) },
      ...{ createdAt: new Date().toISOString(), version: 1 },
    };
    const data = willAnswer(viewBackup(backup));
    await transact(
      [
        countBackup(database),
        { item: item.put(BackupEntity.create(backup)) },
        ...whileActive(environmentAt({ teamId, projectId, environmentId })),
      ],
      { name: 'backup.requested', teamId, actor: caller.userId, aggregate: backup, data },
    );
    return data;
  });
}

function countBackup({ teamId, projectId, environmentId, id }: DatabaseRecord): Write {
  return {
    item: item.update(
      DatabaseEntity.patch({ teamId, projectId, environmentId, id })
        .add({ backups: 1 })
        .where(
          ({ backups, deletingSince }, { lt, notExists }) =>
            `(${notExists(backups)} OR ${lt(backups, quotas.backupsPerDatabase)}) AND ${notExists(deletingSince)}`,
        ),
    ),
  };
}

/** The backups of an environment, oldest first. */
export async function listBackups(caller: Caller, path: EnvironmentPath, query: PageQuery) {
  await authorise(caller, 'backup.read', path, projectAt(path), environmentAt(path));
  const { teamId, projectId, environmentId } = path;
  return page(
    query,
    () => BackupEntity.query.primary({ teamId, projectId, environmentId }).go(pageOptions(query)),
    viewBackup,
  );
}

export async function getBackup(caller: Caller, path: BackupPath): Promise<Backup> {
  const { found } = await authorise(caller, 'backup.read', path, projectAt(path), backupAt(path));
  return viewBackup(found[1]);
}

/** Asks for the deletion of a backup, which machine `database` carries out. Asked again, it changes nothing. Throws Conflict while it is made. */
export function deleteBackup(caller: Caller, path: BackupPath): Promise<Backup> {
  return retryStale(async () => {
    const { found } = await authorise(caller, 'backup.delete', path, projectAt(path), backupAt(path));
    const [project, backup] = found;
    if (isUnderWay(project) || isUnderWay(backup)) return viewBackup(backup);
    if (backup.status === 'creating')
      throw new GantryError(
        'Conflict',
        `Backup ${backup.id} is being made. Delete it once it is ready, or has failed.`,
      );
    const deletingSince = new Date().toISOString();
    const told = { name: 'backup.deletion-requested', actor: caller.userId } as const;
    return commitBackup(backup, { status: 'deleting', deletingSince }, told);
  });
}
