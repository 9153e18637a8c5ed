import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { declareRoutes } from '../route.ts';
import { AuditEntry, AuditQuery } from '../schemas/audit.ts';
import { pageOf } from '../schemas/common.ts';

export const auditRoutes = declareRoutes({
  'audit.list': {
    method: 'GET',
    path: '/v1/teams/{teamId}/audit',
    summary: 'The audit log of a team, newest first; a page may be short or empty, so continue until next is null',
    access: 'audit.read',
    params: z.strictObject({ teamId: idSchema('team') }),
    query: AuditQuery,
    reply: { status: 200, schema: pageOf(AuditEntry) },
  },
});
