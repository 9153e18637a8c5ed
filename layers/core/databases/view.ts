import type { Database } from '@gantry/contract/schemas/databases.ts';
import type { DatabaseRecord } from '../records/databases.ts';

/** The one database of each server, in which apps keep what they have. */
export const DATABASE_NAME = 'app';

export function viewDatabase(record: DatabaseRecord): Database {
  const { id, projectId, environmentId, slug, name, engine, engineVersion, size, status, host, port, user } = record;
  const { step = null, reason = null, finalBackup = null, createdAt, version } = record;
  const isThere = host !== undefined && port !== undefined && user !== undefined;
  return {
    id,
    projectId,
    environmentId,
    slug,
    name,
    engine,
    engineVersion,
    size,
    status,
    step,
    reason,
    endpoint: isThere ? { host, port, database: DATABASE_NAME, user } : null,
    finalBackup,
    createdAt,
    version,
  };
}
