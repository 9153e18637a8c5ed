import { deploymentsRoutes } from '@gantry/contract/routes/deployments.ts';
import { timingsRoutes } from '@gantry/contract/routes/timings.ts';
import { cancelDeployment } from '@gantry/core/deployments/cancel.ts';
import { advanceDeployment, pauseDeployment, resumeDeployment } from '@gantry/core/deployments/control.ts';
import { listCurrent } from '@gantry/core/deployments/current.ts';
import { getHealth, listHealth } from '@gantry/core/deployments/health/operations.ts';
import * as deployments from '@gantry/core/deployments/operations.ts';
import { promote } from '@gantry/core/deployments/promote.ts';
import { listRecent } from '@gantry/core/deployments/recent.ts';
import { redeploy } from '@gantry/core/deployments/redeploy.ts';
import { redriveDeployment } from '@gantry/core/deployments/redrive.ts';
import { restorePoint } from '@gantry/core/deployments/restore-point.ts';
import { startService, stopService } from '@gantry/core/deployments/stop-and-start.ts';
import { getRelease } from '@gantry/core/deployments/view-release.ts';
import { authenticate } from '@gantry/core/identity/operations.ts';
import { installationTimings, instanceTimings } from '@gantry/core/timings/operations.ts';
import { serve } from '@gantry/runtime/serve.ts';

export const handler = serve(
  { ...deploymentsRoutes, ...timingsRoutes },
  {
    'deployments.create': ({ caller, params, body }) => deployments.createDeployment(caller, params, body),
    'deployments.redeploy': ({ caller, params }) => redeploy(caller, params),
    'deployments.list': ({ caller, params, query }) => deployments.listDeployments(caller, params, query),
    'deployments.recent': ({ caller, params, query }) => listRecent(caller, params, query),
    'deployments.current': ({ caller, params, query }) => listCurrent(caller, params, query),
    'deployments.get': ({ caller, params }) => deployments.getDeployment(caller, params),
    'deployments.release': ({ caller, params }) => getRelease(caller, params),
    'deployments.plan': ({ caller, params }) => deployments.planOf(caller, params),
    'deployments.health': ({ caller, params }) => getHealth(caller, params),
    'deployments.healthOfEnvironment': ({ caller, params, query }) => listHealth(caller, params, query),
    'deployments.stop': ({ caller, params }) => stopService(caller, params),
    'deployments.start': ({ caller, params }) => startService(caller, params),
    'deployments.cancel': ({ caller, params }) => cancelDeployment(caller, params),
    'deployments.pause': ({ caller, params }) => pauseDeployment(caller, params),
    'deployments.resume': ({ caller, params }) => resumeDeployment(caller, params),
    'deployments.advance': ({ caller, params }) => advanceDeployment(caller, params),
    'deployments.promote': ({ caller, params, body }) => promote(caller, params, body),
    'deployments.redrive': ({ caller, params }) => redriveDeployment(caller, params),
    'deployments.restorePoint': ({ caller, params, query }) => restorePoint(caller, params, query),
    'deployments.rollback': ({ caller, params, body }) => deployments.rollBack(caller, params, body),
    'deployments.timings': ({ caller, params, query }) => instanceTimings(caller, params, query),
    'installation.timings': ({ query }) => installationTimings(query),
  },
  { authenticate },
);
