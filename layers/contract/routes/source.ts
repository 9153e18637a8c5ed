import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { declareRoutes } from '../route.ts';
import { Upload } from '../schemas/deployments.ts';

export const sourceRoutes = declareRoutes({
  'uploads.create': {
    method: 'POST',
    path: '/v1/teams/{teamId}/projects/{projectId}/services/{serviceId}/uploads',
    summary: 'An address to put a source archive (gzipped tar) at',
    access: 'upload.create',
    params: z.strictObject({
      teamId: idSchema('team'),
      projectId: idSchema('project'),
      serviceId: idSchema('service'),
    }),
    reply: { status: 201, schema: Upload },
    errors: ['Conflict'],
  },
});
