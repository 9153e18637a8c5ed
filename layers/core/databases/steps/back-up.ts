import { createSnapshot, describeSnapshot } from '@gantry/cloud/rds-snapshots.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { lookUp, optional } from '../../kernel/lookup.ts';
import { retryStale } from '../../kernel/transact.ts';
import { databaseAt } from '../../records/databases.ts';
import { clusterName, tagsOf } from '../place.ts';
import { watch } from '../watch.ts';
import { commitBackup } from '../writes.ts';
import { backupInState, DATABASE_ACTOR, type Target } from './input.ts';

/** Makes a snapshot of a server, and records its size. Returns whether the snapshot is ready. Throws Conflict when the database was deleted. */
export async function backUp(target: Target): Promise<{ made: boolean }> {
  const backup = await backupInState(target, 'creating');
  if (backup === undefined) return { made: true };
  const { snapshot } = backup;
  if ((await describeSnapshot(snapshot)) === undefined) await ask(target, snapshot);
  const made = await watch(async () => {
    const state = await describeSnapshot(snapshot);
    if (state?.status === 'failed')
      throw new GantryError('ReleaseFailed', 'Amazon RDS could not make the backup. Ask for another one.');
    return state?.status === 'available' ? state : undefined;
  });
  if (made === undefined) return { made: false };
  await record(target, made.gigabytes);
  return { made: true };
}

async function ask(target: Target, snapshot: string): Promise<void> {
  const [database] = await lookUp(optional(databaseAt(target)));
  if (database?.status !== 'ready')
    throw new GantryError('Conflict', 'The database was deleted before its backup was made.');
  await createSnapshot(snapshot, clusterName(database.id), tagsOf(database));
}

function record(target: Target, gigabytes: number): Promise<void> {
  return retryStale(async () => {
    const backup = await backupInState(target, 'creating');
    if (backup === undefined) return;
    await commitBackup(backup, { status: 'ready', gigabytes }, { name: 'backup.ready', actor: DATABASE_ACTOR });
  });
}
