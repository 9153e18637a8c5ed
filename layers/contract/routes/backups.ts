import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { declareRoutes } from '../route.ts';
import { Backup, DatabaseRestore } from '../schemas/backups.ts';
import { PageQuery, pageOf } from '../schemas/common.ts';
import { Database } from '../schemas/databases.ts';
import { environmentParams, environmentPath } from './paths.ts';

const path = `${environmentPath}/backups` as const;
const backupPath = `${path}/{backupId}` as const;
const params = z.strictObject({ ...environmentParams.shape, backupId: idSchema('backup') });
const ofDatabase = z.strictObject({ ...environmentParams.shape, databaseId: idSchema('database') });

export const backupsRoutes = declareRoutes({
  'backups.create': {
    method: 'POST',
    path: `${environmentPath}/databases/{databaseId}/backups`,
    summary: 'Makes a backup of a database; the backup remains until somebody deletes it',
    access: 'backup.create',
    params: ofDatabase,
    reply: { status: 202, schema: Backup },
    errors: ['Conflict', 'QuotaExceeded'],
  },
  'backups.list': {
    method: 'GET',
    path,
    summary: "The backups of an environment's databases, deleted databases included",
    access: 'backup.read',
    params: environmentParams,
    query: PageQuery,
    reply: { status: 200, schema: pageOf(Backup) },
  },
  'backups.get': {
    method: 'GET',
    path: backupPath,
    summary: 'One backup',
    access: 'backup.read',
    params,
    reply: { status: 200, schema: Backup },
  },
  'backups.delete': {
    method: 'DELETE',
    path: backupPath,
    summary: 'Permanently deletes a backup; the deletion ends in the background',
    access: 'backup.delete',
    params,
    reply: { status: 202, schema: Backup },
    errors: ['Conflict'],
  },
  'databases.restore': {
    method: 'POST',
    path: `${environmentPath}/restores`,
    summary: 'Makes a new database from a backup, from a past moment of another database, or as a clone of one',
    access: 'database.create',
    params: environmentParams,
    body: DatabaseRestore,
    reply: { status: 201, schema: Database },
    errors: ['Conflict', 'QuotaExceeded'],
  },
});
