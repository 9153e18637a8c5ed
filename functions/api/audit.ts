import { auditRoutes } from '@gantry/contract/routes/audit.ts';
import { listAudit } from '@gantry/core/audit/operations.ts';
import { authenticate } from '@gantry/core/identity/operations.ts';
import { serve } from '@gantry/runtime/serve.ts';

export const handler = serve(
  auditRoutes,
  { 'audit.list': ({ caller, params, query }) => listAudit(caller, params, query) },
  { authenticate },
);
