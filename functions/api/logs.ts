import { logsRoutes } from '@gantry/contract/routes/logs.ts';
import { authenticate } from '@gantry/core/identity/operations.ts';
import * as logs from '@gantry/core/logs/operations.ts';
import { serve } from '@gantry/runtime/serve.ts';

export const handler = serve(
  logsRoutes,
  {
    'logs.build': ({ caller, params, query }) => logs.buildLogs(caller, params, query),
    'logs.app': ({ caller, params, query }) => logs.appLogs(caller, params, query),
  },
  { authenticate },
);
