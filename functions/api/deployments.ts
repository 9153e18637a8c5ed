import { cancelDeployment } from '@gantry/core/deployments/cancel.ts';
import * as deployments from '@gantry/core/deployments/operations.ts';
import { redriveDeployment } from '@gantry/core/deployments/redrive.ts';
import { authenticate } from '@gantry/core/identity/operations.ts';
import { serve } from '@gantry/runtime/serve.ts';

export const handler = serve(
  'deployments',
  {
    'deployments.create': ({ caller, params, body }) => deployments.createDeployment(caller, params, body),
    'deployments.list': ({ caller, params, query }) => deployments.listDeployments(caller, params, query),
    'deployments.get': ({ caller, params }) => deployments.getDeployment(caller, params),
    'deployments.cancel': ({ caller, params }) => cancelDeployment(caller, params),
    'deployments.redrive': ({ caller, params }) => redriveDeployment(caller, params),
    'deployments.rollback': ({ caller, params, body }) => deployments.rollBack(caller, params, body),
  },
  { authenticate },
);
