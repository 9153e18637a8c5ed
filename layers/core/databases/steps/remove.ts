import { setTimeout as sleep } from 'node:timers/promises';
import { removeCluster } from '@gantry/cloud/rds.ts';
import { DatabaseEntity, type DatabaseRecord } from '../../records/databases.ts';
import { clusterName } from '../place.ts';
import { beginStep } from '../writes.ts';
import { inState, type Target } from './input.ts';

const WATCH_MS = 8_000;
const POLL_MS = 250;

/** Removes the server after a last backup, where there ever was something in it. Answers whether it is gone. */
export async function remove(target: Target): Promise<{ gone: boolean }> {
  const database = await inState(target, 'deleting');
  if (database === undefined) return { gone: true };
  await beginStep(database, 'remove');
  const snapshot = database.host === undefined ? undefined : await nameBackup(database);
  const end = Date.now() + WATCH_MS;
  for (let polls = 0; ; polls += 1) {
    if (await removeCluster(clusterName(database.id), snapshot)) return { gone: true };
    if (Date.now() > end) return { gone: false };
    await sleep(Math.min(POLL_MS * 2 ** polls, 2_000));
  }
}

/** The name is recorded before the backup is made, so that no backup is forgotten. */
async function nameBackup({ teamId, projectId, environmentId, id, finalBackup }: DatabaseRecord): Promise<string> {
  const name = finalBackup ?? `${clusterName(id)}-final`;
  if (finalBackup === undefined)
    await DatabaseEntity.patch({ teamId, projectId, environmentId, id }).set({ finalBackup: name }).go();
  return name;
}
