import type { Backup } from '@gantry/contract/schemas/backups.ts';
import type { Database } from '@gantry/contract/schemas/databases.ts';
import { item } from '../kernel/entity.ts';
import { willAnswer } from '../kernel/idempotency/execution.ts';
import { transact } from '../kernel/transact.ts';
import type { Write } from '../kernel/write.ts';
import { BackupEntity, type BackupRecord } from '../records/backups.ts';
import { DatabaseEntity, type DatabaseRecord } from '../records/databases.ts';
import { viewBackup, viewDatabase } from './view.ts';

type Patch = Partial<Omit<DatabaseRecord, 'teamId' | 'projectId' | 'environmentId' | 'id' | 'createdAt' | 'version'>>;

/** Attributes that a finished change removes. */
type Removed = 'step' | 'wanted' | 'rotating' | 'busySince' | 'reason';

interface Told {
  readonly name:
    | 'database.ready'
    | 'database.failed'
    | 'database.change-requested'
    | 'database.changed'
    | 'database.rotation-requested'
    | 'database.rotated'
    | 'database.drilled'
    | 'database.deletion-requested';
  readonly actor: string;
}

/**
 * Commits a change to a database as its next version, with its event. Throws StaleWrite if the record is not at the
 * version that was read.
 */
export async function commit(
  database: DatabaseRecord,
  patch: Patch,
  { name, actor }: Told,
  removed: readonly Removed[] = [],
  more: readonly Write[] = [],
): Promise<Database> {
  const changed = { ...database, ...patch, version: database.version + 1 };
  for (const attribute of removed) delete changed[attribute];
  const data = willAnswer(viewDatabase(changed));
  const write = { item: item.update(patchOf(database, { ...patch, version: changed.version }, removed)) };
  await transact([write, ...more], {
    name,
    teamId: database.teamId,
    actor,
    aggregate: changed,
    data,
  });
  return data;
}

/** Records the present step, for users who look at the database. It causes no event. */
export async function beginStep(database: DatabaseRecord, step: NonNullable<DatabaseRecord['step']>): Promise<void> {
  if (database.step === step) return;
  await patchOf(database, { step }, []).go();
}

function patchOf(
  { teamId, projectId, environmentId, id, version: known }: DatabaseRecord,
  patch: Patch & { readonly version?: number },
  removed: readonly Removed[],
) {
  return DatabaseEntity.patch({ teamId, projectId, environmentId, id })
    .set(patch)
    .remove([...removed])
    .where(({ version }, { eq }) => eq(version, known));
}

interface BackupTold {
  readonly name: 'backup.ready' | 'backup.failed' | 'backup.deletion-requested';
  readonly actor: string;
}

/**
 * Commits a change to a backup as its next version, with its event. Throws StaleWrite if the record is not at the
 * version that was read.
 */
export async function commitBackup(
  backup: BackupRecord,
  patch: Partial<Pick<BackupRecord, 'status' | 'gigabytes' | 'reason' | 'deletingSince'>>,
  { name, actor }: BackupTold,
): Promise<Backup> {
  const { teamId, projectId, environmentId, id, version: known } = backup;
  const changed = { ...backup, ...patch, version: known + 1 };
  const data = viewBackup(changed);
  const update = BackupEntity.patch({ teamId, projectId, environmentId, id })
    .set({ ...patch, version: changed.version })
    .where(({ version }, { eq }) => eq(version, known));
  await transact([{ item: item.update(update) }], { name, teamId, actor, aggregate: changed, data });
  return data;
}
