import * as z from 'zod';
import { declareRoutes } from '../route.ts';
import { PageQuery } from '../schemas/common.ts';
import { LogPage } from '../schemas/logs.ts';
import { deploymentParams, instanceParams, instancePath } from './paths.ts';

const LogQuery = z.strictObject({
  ...PageQuery.shape,
  since: z.iso.datetime().optional().meta({ description: 'Only lines from this instant on' }),
});

export const logsRoutes = declareRoutes({
  'logs.build': {
    method: 'GET',
    path: `${instancePath}/deployments/{deploymentId}/logs`,
    summary: 'What a build printed, oldest first',
    access: 'logs.read',
    params: deploymentParams,
    query: LogQuery,
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
