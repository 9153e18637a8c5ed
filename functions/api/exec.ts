import { execRoutes } from '@gantry/contract/routes/exec.ts';
import { createExec, getExec } from '@gantry/core/exec/operations.ts';
import { authenticate } from '@gantry/core/identity/operations.ts';
import { serve } from '@gantry/runtime/serve.ts';

export const handler = serve(
  execRoutes,
  {
    'exec.create': ({ caller, params, body }) => createExec(caller, params, body),
    'exec.get': ({ caller, params }) => getExec(caller, params),
  },
  { authenticate },
);
