import { authenticate } from '@gantry/core/identity/operations.ts';
import * as projects from '@gantry/core/projects/operations.ts';
import { serve } from '@gantry/runtime/serve.ts';

export const handler = serve(
  'projects',
  {
    'projects.create': ({ caller, params, body }) => projects.createProject(caller, params, body),
    'projects.list': ({ caller, params, query }) => projects.listProjects(caller, params, query),
    'projects.get': ({ caller, params }) => projects.getProject(caller, params),
    'environments.create': ({ caller, params, body }) => projects.createEnvironment(caller, params, body),
    'environments.list': ({ caller, params, query }) => projects.listEnvironments(caller, params, query),
    'services.create': ({ caller, params, body }) => projects.createService(caller, params, body),
    'services.list': ({ caller, params, query }) => projects.listServices(caller, params, query),
    'services.get': ({ caller, params }) => projects.getService(caller, params),
  },
  { authenticate },
);
