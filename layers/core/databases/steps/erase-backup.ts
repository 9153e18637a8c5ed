import { deleteSnapshot } from '@gantry/cloud/rds-snapshots.ts';
import { item } from '../../kernel/entity.ts';
import { lookUp, optional } from '../../kernel/lookup.ts';
import { retryStale, transact } from '../../kernel/transact.ts';
import type { Write } from '../../kernel/write.ts';
import { BackupEntity, type BackupRecord } from '../../records/backups.ts';
import { DatabaseEntity, databaseAt } from '../../records/databases.ts';
import { viewBackup } from '../view.ts';
import { backupInState, DATABASE_ACTOR, type Target } from './input.ts';

/** Removes a backup's snapshot, then its record with its place in the quota. */
export async function eraseBackup(target: Target): Promise<void> {
  const backup = await backupInState(target, 'deleting');
  if (backup === undefined) return;
  await deleteSnapshot(backup.snapshot);
  await retryStale(async () => {
    const current = await backupInState(target, 'deleting');
    if (current === undefined) return;
    const { teamId, projectId, environmentId, id, version: known } = current;
    const version = known + 1;
    const gone = BackupEntity.remove({ teamId, projectId, environmentId, id }).where((attributes, { eq }) =>
      eq(attributes.version, known),
    );
    await transact([{ item: item.remove(gone) }, ...(await uncount(target, current))], {
      name: 'backup.deleted',
      teamId,
      actor: DATABASE_ACTOR,
      aggregate: { id, version },
      data: viewBackup({ ...current, version }),
    });
  });
}

/** A deleted database has no counter to reduce. */
async function uncount(target: Target, { kind, teamId, projectId, environmentId }: BackupRecord): Promise<Write[]> {
  const [database] = await lookUp(optional(databaseAt(target)));
  if (database === undefined || kind === 'final') return [];
  const { id } = database;
  return [
    { item: item.update(DatabaseEntity.patch({ teamId, projectId, environmentId, id }).subtract({ backups: 1 })) },
  ];
}
