import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { declareRoutes } from '../route.ts';
import {
  AccessibleInstallation,
  Authorization,
  AuthorizationProof,
  Installation,
  NewAuthorization,
  NewInstallation,
  NewUpload,
  ProvenAccess,
  Upload,
} from '../schemas/source.ts';

const team = z.strictObject({ teamId: idSchema('team') });
const githubPath = '/v1/teams/{teamId}/github';

export const sourceRoutes = declareRoutes({
  'uploads.create': {
    method: 'POST',
    path: '/v1/teams/{teamId}/projects/{projectId}/services/{serviceId}/uploads',
    summary: 'An address for uploading a source archive (gzipped tar)',
    access: 'upload.create',
    params: z.strictObject({
      teamId: idSchema('team'),
      projectId: idSchema('project'),
      serviceId: idSchema('service'),
    }),
    body: NewUpload,
    reply: { status: 201, schema: Upload },
    errors: ['Conflict'],
  },
  'authorizations.create': {
    method: 'POST',
    path: `${githubPath}/authorizations`,
    summary: 'Begins the proof, by GitHub, of which installations you may use',
    access: 'installation.join',
    params: team,
    body: NewAuthorization,
    reply: { status: 201, schema: Authorization },
    errors: ['Conflict', 'Unavailable'],
  },
  'authorizations.prove': {
    method: 'POST',
    path: `${githubPath}/authorizations/{authorizationId}/proof`,
    summary: 'Exchanges the code from GitHub, and answers which installations you may use',
    access: 'installation.join',
    params: z.strictObject({ ...team.shape, authorizationId: idSchema('authorization') }),
    body: AuthorizationProof,
    reply: { status: 200, schema: ProvenAccess },
    errors: ['Conflict', 'Unavailable'],
  },
  'installations.join': {
    method: 'POST',
    path: `${githubPath}/installations`,
    summary: 'Joins an installation that you may use, and lets you connect its repositories that you have access to',
    access: 'installation.join',
    params: team,
    body: NewInstallation,
    reply: { status: 201, schema: Installation },
    errors: ['Conflict', 'QuotaExceeded'],
  },
  'installations.list': {
    method: 'GET',
    path: `${githubPath}/installations`,
    summary: 'The installations that the team deploys from',
    access: 'installation.read',
    params: team,
    reply: { status: 200, schema: z.strictObject({ items: z.array(Installation) }) },
  },
  'installations.leave': {
    method: 'DELETE',
    path: `${githubPath}/installations/{installationId}`,
    summary: 'Leaves an installation: its pushes deploy nothing of the team any more',
    access: 'installation.manage',
    params: z.strictObject({ ...team.shape, installationId: AccessibleInstallation.shape.installationId }),
    reply: { status: 200, schema: Installation },
  },
});
