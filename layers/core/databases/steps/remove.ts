import { removeCluster } from '@gantry/cloud/rds.ts';
import { DatabaseEntity, type DatabaseRecord, isThrowAway } from '../../records/databases.ts';
import { clusterName } from '../place.ts';
import { watch } from '../watch.ts';
import { beginStep } from '../writes.ts';
import { inState, type Target } from './input.ts';

/** Removes the server, after a last backup if the database ever held data and was not made for one check. Returns whether the server is gone. */
export async function remove(target: Target): Promise<{ gone: boolean }> {
  const database = await inState(target, 'deleting');
  if (database === undefined) return { gone: true };
  await beginStep(database, 'remove');
  const isKept = database.host !== undefined && !isThrowAway(database);
  const snapshot = isKept ? await nameBackup(database) : undefined;
  const gone = await watch(async () => (await removeCluster(clusterName(database.id), snapshot)) || undefined);
  return { gone: gone === true };
}

/** The name is recorded before the backup is made, so that no backup is forgotten. */
async function nameBackup({ teamId, projectId, environmentId, id, finalBackup }: DatabaseRecord): Promise<string> {
  const name = finalBackup ?? `${clusterName(id)}-final`;
  if (finalBackup === undefined)
    await DatabaseEntity.patch({ teamId, projectId, environmentId, id }).set({ finalBackup: name }).go();
  return name;
}
