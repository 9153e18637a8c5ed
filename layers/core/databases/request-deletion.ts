import type { Database } from '@gantry/contract/schemas/databases.ts';
import type { DatabaseRecord } from '../records/databases.ts';
import { commit } from './writes.ts';

/**
 * Records that a database is to be deleted; the event starts machine `database`. Throws StaleWrite if the record has
 * changed.
 */
export function requestDeletion(database: DatabaseRecord, actor: string): Promise<Database> {
  const deletingSince = new Date().toISOString();
  return commit(database, { status: 'deleting', deletingSince }, { name: 'database.deletion-requested', actor });
}
