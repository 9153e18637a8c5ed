import type { Backup } from '@gantry/contract/schemas/backups.ts';
import type { Database, DatabaseOrigin } from '@gantry/contract/schemas/databases.ts';
import type { BackupRecord } from '../records/backups.ts';
import { BACKUP_DAYS, type DatabaseRecord, type Origin } from '../records/databases.ts';

/** The name of the one database on each server, which holds the apps' data. */
export const DATABASE_NAME = 'app';

export function viewDatabase(record: DatabaseRecord): Database {
  const { id, projectId, environmentId, slug, name, engine, engineVersion, size, status, host, port, user } = record;
  const { backupDays = BACKUP_DAYS, step = null, reason = null, finalBackup = null, createdAt, version } = record;
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
    backupDays,
    drillDays: record.drillDays === undefined || record.drillDays === 0 ? null : record.drillDays,
    drill: record.drill ?? null,
    origin: record.origin === undefined ? null : viewOrigin(record.origin),
    rehearsalOf: record.rehearsalOf ?? null,
    drillOf: record.drillOf ?? null,
    status,
    step,
    reason,
    endpoint: isThere ? { host, port, database: DATABASE_NAME, user } : null,
    finalBackup,
    createdAt,
    version,
  };
}

function viewOrigin(origin: Origin): DatabaseOrigin {
  const { kind, databaseId } = origin;
  const backupId = origin.kind === 'backup' ? origin.backupId : null;
  return { kind, databaseId, backupId, at: origin.kind === 'moment' ? origin.at : null };
}

export function viewBackup(record: BackupRecord): Backup {
  const { id, projectId, environmentId, databaseId, slug, engine, engineVersion, size, kind, status } = record;
  const { reason = null, gigabytes = null, createdAt, version } = record;
  return {
    ...{ id, projectId, environmentId, databaseId, slug, engine, engineVersion, size, kind, status },
    ...{ reason, gigabytes, createdAt, version },
  };
}
