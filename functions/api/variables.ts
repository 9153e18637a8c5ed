import { variablesRoutes } from '@gantry/contract/routes/variables.ts';
import { apply, setAtOnce } from '@gantry/core/deployments/apply-variables.ts';
import { authenticate } from '@gantry/core/identity/operations.ts';
import { listHistory } from '@gantry/core/variables/history.ts';
import * as variables from '@gantry/core/variables/operations.ts';
import { serve } from '@gantry/runtime/serve.ts';

export const handler = serve(
  variablesRoutes,
  {
    'variables.get': ({ caller, params, query }) => variables.getSet(caller, params, query),
    'variables.stage': ({ caller, params, query, body, ifMatch }) =>
      variables.stage(caller, params, query, body, ifMatch),
    'variables.set': ({ caller, params, query, body }) => setAtOnce(caller, params, query, body),
    'variables.staged': ({ caller, params, query }) => variables.getStaged(caller, params, query),
    'variables.discard': ({ caller, params, query }) => variables.discard(caller, params, query),
    'variables.apply': ({ caller, params, query, ifMatch }) => apply(caller, params, query, ifMatch),
    'variables.history': ({ caller, params, query }) => listHistory(caller, params, query),
    'variables.resolve': ({ caller, params }) => variables.resolveVariables(caller, params),
  },
  { authenticate },
);
