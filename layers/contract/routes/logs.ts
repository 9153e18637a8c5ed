import { declareRoutes } from '../route.ts';
import { BuildLogQuery, LogPage, LogQuery } from '../schemas/logs.ts';
import { deploymentParams, instanceParams, instancePath } from './paths.ts';

export const logsRoutes = declareRoutes({
  'logs.build': {
    method: 'GET',
    path: `${instancePath}/deployments/{deploymentId}/logs`,
    summary: 'What a build printed, oldest first',
    access: 'logs.read',
    params: deploymentParams,
    query: BuildLogQuery,
    reply: { status: 200, schema: LogPage },
  },
  'logs.app': {
    method: 'GET',
    path: `${instancePath}/logs`,
    summary: 'What a service printed in an environment, oldest first',
    access: 'logs.read',
    params: instanceParams,
    query: LogQuery,
    reply: { status: 200, schema: LogPage },
  },
});
