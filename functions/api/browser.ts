import { environment } from '@gantry/cloud/environment.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { signedInUrl } from '@gantry/contract/redirect-urls.ts';
import { browserSessionRoutes } from '@gantry/contract/routes/browser-session.ts';
import * as sessions from '@gantry/core/identity/browser-sessions.ts';
import { serve } from '@gantry/runtime/serve.ts';

export const handler = serve(
  browserSessionRoutes,
  {
    'browserSession.create': ({ body, cookie }) =>
      sessions.createBrowserSession(body, signedInUrl(environment('API_URL')), cookie),
    'browserSession.refresh': ({ cookie }) => sessions.refreshBrowserSession(cookie),
    'browserSession.end': ({ cookie }) => sessions.endBrowserSession(cookie),
  },
  { authenticate: () => Promise.reject(new GantryError('Unauthenticated', 'No route of this context takes a token.')) },
);
