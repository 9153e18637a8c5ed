import { declareRoutes } from '../route.ts';
import { Metrics, MetricsQuery } from '../schemas/metrics.ts';
import { instanceParams, instancePath } from './paths.ts';

export const metricsRoutes = declareRoutes({
  'metrics.get': {
    method: 'GET',
    path: `${instancePath}/metrics`,
    summary: 'Requests, errors, latency, processor and memory of a service in an environment, by release',
    access: 'metrics.read',
    params: instanceParams,
    query: MetricsQuery,
    reply: { status: 200, schema: Metrics },
  },
});
