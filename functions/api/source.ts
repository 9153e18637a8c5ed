import { sourceRoutes } from '@gantry/contract/routes/source.ts';
import { authenticate } from '@gantry/core/identity/operations.ts';
import { createAuthorization, proveAuthorization } from '@gantry/core/source/github/authorizations.ts';
import * as installations from '@gantry/core/source/github/installations.ts';
import { createUpload } from '@gantry/core/source/operations.ts';
import { serve } from '@gantry/runtime/serve.ts';

export const handler = serve(
  sourceRoutes,
  {
    'uploads.create': ({ caller, params, body }) => createUpload(caller, params, body),
    'authorizations.create': ({ caller, params, body }) => createAuthorization(caller, params, body),
    'authorizations.prove': ({ caller, params, body }) => proveAuthorization(caller, params, body),
    'installations.join': ({ caller, params, body }) => installations.joinInstallation(caller, params, body),
    'installations.list': ({ caller, params }) => installations.listInstallations(caller, params),
    'installations.leave': ({ caller, params }) => installations.leaveInstallation(caller, params),
  },
  { authenticate },
);
