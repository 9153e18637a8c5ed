import { describeSnapshot } from '@gantry/cloud/rds-snapshots.ts';
import { newId } from '@gantry/contract/ids.ts';
import { item } from '../../kernel/entity.ts';
import { retryStale, transact } from '../../kernel/transact.ts';
import { releaseSlug } from '../../projects/slugs.ts';
import { BackupEntity, type BackupRecord } from '../../records/backups.ts';
import { DatabaseEntity, type DatabaseRecord } from '../../records/databases.ts';
import { ProjectEntity } from '../../records/projects.ts';
import { unscheduling } from '../drills.ts';
import { viewDatabase } from '../view.ts';
import { DATABASE_ACTOR, inState, type Target } from './input.ts';
import { removeAround } from './remove-around.ts';

/**
 * The record of the last backup that a deletion leaves. The database can be restored from it. Undefined if the database
 * never held data.
 */
async function lastBackup(database: DatabaseRecord): Promise<BackupRecord | undefined> {
  const { teamId, projectId, environmentId, id: databaseId, slug, engine, engineVersion, size, finalBackup } = database;
  const state = finalBackup === undefined ? undefined : await describeSnapshot(finalBackup);
  if (finalBackup === undefined || state === undefined) return undefined;
  return {
    ...{ teamId, projectId, environmentId, id: newId('backup'), databaseId, slug, engine, engineVersion, size },
    ...{ kind: 'final', status: 'ready', snapshot: finalBackup, gigabytes: state.gigabytes },
    ...{ createdAt: new Date().toISOString(), version: 1 },
  };
}

/**
 * Removes the resources around the server, then the record with its name and its place in the quota. The event says
 * that the database is gone.
 */
export async function forget(target: Target): Promise<void> {
  const database = await inState(target, 'deleting');
  if (database === undefined) return;
  await removeAround(database.id);
  const last = await lastBackup(database);
  await retryStale(async () => {
    const current = await inState(target, 'deleting');
    if (current === undefined) return;
    const { teamId, projectId, environmentId, id, slug, version: known } = current;
    const version = known + 1;
    await transact(
      [
        {
          item: item.remove(
            DatabaseEntity.remove({ teamId, projectId, environmentId, id }).where((attributes, { eq }) =>
              eq(attributes.version, known),
            ),
          ),
        },
        ...(last === undefined ? [] : [{ item: item.put(BackupEntity.create(last)) }]),
        unscheduling(id),
        releaseSlug(teamId, `database#${projectId}#${environmentId}`, slug, id),
        { item: item.update(ProjectEntity.patch({ teamId, id: projectId }).subtract({ databases: 1 })) },
      ],
      {
        name: 'database.deleted',
        teamId,
        actor: DATABASE_ACTOR,
        aggregate: { id, version },
        data: viewDatabase({ ...current, version }),
      },
    );
  });
}
