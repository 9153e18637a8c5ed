import { projectsRoutes } from '@gantry/contract/routes/projects.ts';
import { servicesRoutes } from '@gantry/contract/routes/services.ts';
import { authenticate } from '@gantry/core/identity/operations.ts';
import { removeCredential, setCredential } from '@gantry/core/projects/credential.ts';
import * as environments from '@gantry/core/projects/environments.ts';
import * as projects from '@gantry/core/projects/operations.ts';
import * as services from '@gantry/core/projects/services.ts';
import { serve } from '@gantry/runtime/serve.ts';

export const handler = serve(
  { ...projectsRoutes, ...servicesRoutes },
  {
    'projects.create': ({ caller, params, body }) => projects.createProject(caller, params, body),
    'projects.list': ({ caller, params, query }) => projects.listProjects(caller, params, query),
    'projects.get': ({ caller, params }) => projects.getProject(caller, params),
    'projects.update': ({ caller, params, body, ifMatch }) => projects.updateProject(caller, params, body, ifMatch),
    'projects.delete': ({ caller, params, query }) => projects.deleteProject(caller, params, query),
    'environments.create': ({ caller, params, body }) => environments.createEnvironment(caller, params, body),
    'environments.list': ({ caller, params, query }) => environments.listEnvironments(caller, params, query),
    'environments.get': ({ caller, params }) => environments.getEnvironment(caller, params),
    'environments.update': ({ caller, params, body, ifMatch }) =>
      environments.updateEnvironment(caller, params, body, ifMatch),
    'environments.delete': ({ caller, params, query }) => environments.deleteEnvironment(caller, params, query),
    'services.create': ({ caller, params, body }) => services.createService(caller, params, body),
    'services.list': ({ caller, params, query }) => services.listServices(caller, params, query),
    'services.get': ({ caller, params }) => services.getService(caller, params),
    'services.update': ({ caller, params, body, ifMatch }) => services.updateService(caller, params, body, ifMatch),
    'services.delete': ({ caller, params }) => services.deleteService(caller, params),
    'services.setCredential': ({ caller, params, body }) => setCredential(caller, params, body),
    'services.removeCredential': ({ caller, params }) => removeCredential(caller, params),
  },
  { authenticate },
);
