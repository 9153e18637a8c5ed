import { declareRoutes } from '../route.ts';
import { Timings, TimingsQuery } from '../schemas/timings.ts';
import { instanceParams, instancePath } from './paths.ts';

export const timingsRoutes = declareRoutes({
  'deployments.timings': {
    method: 'GET',
    path: `${instancePath}/timings`,
    summary: 'How long deployments of a service in an environment took, and how they ended',
    access: 'deployment.read',
    params: instanceParams,
    query: TimingsQuery,
    reply: { status: 200, schema: Timings },
  },
  'installation.timings': {
    method: 'GET',
    path: '/v1/timings',
    summary: 'How long deployments took in this installation, all teams together, and how they ended',
    access: 'signedIn',
    query: TimingsQuery,
    reply: { status: 200, schema: Timings },
  },
});
