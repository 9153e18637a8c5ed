import { metricsRoutes } from '@gantry/contract/routes/metrics.ts';
import { authenticate } from '@gantry/core/identity/operations.ts';
import { getMetrics } from '@gantry/core/metrics/operations.ts';
import { serve } from '@gantry/runtime/serve.ts';

export const handler = serve(
  metricsRoutes,
  { 'metrics.get': ({ caller, params, query }) => getMetrics(caller, params, query) },
  { authenticate },
);
