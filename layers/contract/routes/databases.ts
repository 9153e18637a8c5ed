import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { declareRoutes } from '../route.ts';
import { PageQuery, pageOf } from '../schemas/common.ts';
import {
  Database,
  DatabaseChange,
  DatabaseConfirmation,
  DatabaseDetails,
  DatabaseSession,
  NewDatabase,
} from '../schemas/databases.ts';
import { environmentParams, environmentPath } from './paths.ts';

const path = `${environmentPath}/databases` as const;
const databasePath = `${path}/{databaseId}` as const;
const params = z.strictObject({ ...environmentParams.shape, databaseId: idSchema('database') });

export const databasesRoutes = declareRoutes({
  'databases.create': {
    method: 'POST',
    path,
    summary: 'Creates a database in an environment; it is ready some minutes later',
    access: 'database.create',
    params: environmentParams,
    body: NewDatabase,
    reply: { status: 201, schema: Database },
    errors: ['Conflict', 'QuotaExceeded'],
  },
  'databases.list': {
    method: 'GET',
    path,
    summary: "An environment's databases",
    access: 'database.read',
    params: environmentParams,
    query: PageQuery,
    reply: { status: 200, schema: pageOf(Database) },
  },
  'databases.get': {
    method: 'GET',
    path: databasePath,
    summary: 'One database, with the variables that it offers and who refers to them',
    access: 'database.read',
    params,
    reply: { status: 200, schema: DatabaseDetails },
  },
  'databases.update': {
    method: 'PATCH',
    path: databasePath,
    summary: 'Changes the size or the restore period of a database; the change ends in the background',
    access: 'database.update',
    params,
    body: DatabaseChange,
    reply: { status: 202, schema: Database },
    errors: ['Conflict'],
  },
  'databases.delete': {
    method: 'DELETE',
    path: databasePath,
    summary: 'Deletes a database that no variable refers to, after a last backup; it ends in the background',
    access: 'database.delete',
    params,
    query: DatabaseConfirmation,
    reply: { status: 202, schema: Database },
    errors: ['Conflict'],
  },
  'databases.rotate': {
    method: 'POST',
    path: `${databasePath}/rotations`,
    summary:
      'Gives apps another user with a new password, and deploys the services that use the database; both end in the background',
    access: 'database.update',
    params,
    reply: { status: 202, schema: Database },
    errors: ['Conflict'],
  },
  'databases.drill': {
    method: 'POST',
    path: `${databasePath}/drills`,
    summary:
      'Restores the newest moment of a database for a check, and removes the copy; it ends in the background, with its result in the database',
    access: 'database.update',
    params,
    reply: { status: 202, schema: Database },
    errors: ['Conflict', 'QuotaExceeded'],
  },
  'databases.connect': {
    method: 'POST',
    path: `${databasePath}/sessions`,
    summary: 'Makes a database user only for the caller; it expires within an hour',
    access: 'database.connect',
    params,
    reply: { status: 201, schema: DatabaseSession },
    errors: ['Conflict'],
  },
});
