import { setTimeout as sleep } from 'node:timers/promises';
import { GantryError } from '@gantry/contract/errors.ts';
import { requestDeletion } from '../databases/request-deletion.ts';
import { retryStale } from '../kernel/transact.ts';
import { isUnderWay } from '../projects/deletion.ts';
import { type DatabaseRecord, databasesOf } from '../records/databases.ts';
import { DELETE_ACTOR, type Target } from './target.ts';

/** How long one invocation waits, in milliseconds: locally a database is gone in a second. */
const WATCH_MS = 10_000;
const POLL_MS = 250;

/** A creation ends by itself, and so does a deletion that was asked for a moment ago. One that stopped is asked for again. */
function isLeftAlone(database: DatabaseRecord): boolean {
  return database.status === 'creating' || (database.status === 'deleting' && isUnderWay(database));
}

/**
 * Requests the deletion of the target's databases, even if variables refer to them. Throws Unavailable until they are
 * gone.
 */
export async function removeDatabases(target: Target): Promise<void> {
  if (target.kind === 'service') return;
  const environmentId = target.kind === 'environment' ? target.environmentId : undefined;
  for (const end = Date.now() + WATCH_MS; ; await sleep(POLL_MS)) {
    const left = await retryStale(async () => {
      const databases = await databasesOf({ ...target, environmentId });
      for (const database of databases) if (!isLeftAlone(database)) await requestDeletion(database, DELETE_ACTOR);
      return databases;
    });
    if (left.length === 0) return;
    if (Date.now() > end) throw new GantryError('Unavailable', `${left.length} databases are still being removed.`);
  }
}
