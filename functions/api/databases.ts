import { backupsRoutes } from '@gantry/contract/routes/backups.ts';
import { databasesRoutes } from '@gantry/contract/routes/databases.ts';
import * as backups from '@gantry/core/databases/backups.ts';
import { createDatabase, restoreDatabase } from '@gantry/core/databases/create.ts';
import { drillDatabase } from '@gantry/core/databases/drills.ts';
import * as databases from '@gantry/core/databases/operations.ts';
import { connectDatabase } from '@gantry/core/databases/sessions.ts';
import { authenticate } from '@gantry/core/identity/operations.ts';
import { serve } from '@gantry/runtime/serve.ts';

export const handler = serve(
  { ...databasesRoutes, ...backupsRoutes },
  {
    'databases.create': ({ caller, params, body }) => createDatabase(caller, params, body),
    'databases.restore': ({ caller, params, body }) => restoreDatabase(caller, params, body),
    'databases.list': ({ caller, params, query }) => databases.listDatabases(caller, params, query),
    'databases.get': ({ caller, params }) => databases.getDatabase(caller, params),
    'databases.update': ({ caller, params, body }) => databases.updateDatabase(caller, params, body),
    'databases.rotate': ({ caller, params }) => databases.rotateDatabase(caller, params),
    'databases.delete': ({ caller, params, query }) => databases.deleteDatabase(caller, params, query),
    'databases.drill': ({ caller, params }) => drillDatabase(caller, params),
    'databases.connect': ({ caller, params }) => connectDatabase(caller, params),
    'backups.create': ({ caller, params }) => backups.createBackup(caller, params),
    'backups.list': ({ caller, params, query }) => backups.listBackups(caller, params, query),
    'backups.get': ({ caller, params }) => backups.getBackup(caller, params),
    'backups.delete': ({ caller, params }) => backups.deleteBackup(caller, params),
  },
  { authenticate },
);
