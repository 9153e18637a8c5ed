import * as databases from '@gantry/core/databases/operations.ts';
import { connectDatabase } from '@gantry/core/databases/sessions.ts';
import { authenticate } from '@gantry/core/identity/operations.ts';
import { serve } from '@gantry/runtime/serve.ts';

export const handler = serve(
  'databases',
  {
    'databases.create': ({ caller, params, body }) => databases.createDatabase(caller, params, body),
    'databases.list': ({ caller, params, query }) => databases.listDatabases(caller, params, query),
    'databases.get': ({ caller, params }) => databases.getDatabase(caller, params),
    'databases.delete': ({ caller, params, query }) => databases.deleteDatabase(caller, params, query),
    'databases.connect': ({ caller, params }) => connectDatabase(caller, params),
  },
  { authenticate },
);
