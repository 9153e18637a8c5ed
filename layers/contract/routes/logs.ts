import { declareRoutes } from '../route.ts';
import { BuildLogQuery, LogPage, LogQuery } from '../schemas/logs.ts';
import { deploymentParams, instanceParams, instancePath } from './paths.ts';

export const logsRoutes = declareRoutes({
  'logs.build': {
    method: 'GET',
    path: `${instancePath}/deployments/{deploymentId}/logs`,
    summary: 'The output of a build, oldest line first',
    access: 'logs.read',
    params: deploymentParams,
    query: BuildLogQuery,
    reply: { status: 200, schema: LogPage },
  },
  'logs.app': {
    method: 'GET',
    path: `${instancePath}/logs`,
    summary: 'The output of a service in an environment, oldest line first',
    access: 'logs.read',
    params: instanceParams,
    query: LogQuery,
    reply: { status: 200, schema: LogPage },
  },
});
