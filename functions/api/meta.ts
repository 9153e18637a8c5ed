import { environment } from '@gantry/cloud/environment.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { openApiDocument } from '@gantry/contract/openapi.ts';
import { redirectUrls, signedInUrl } from '@gantry/contract/redirect-urls.ts';
import { metaRoutes } from '@gantry/contract/routes/meta.ts';
import { version } from '@gantry/contract/version.ts';
import { referencePage } from '@gantry/runtime/reference/page.ts';
import { serve } from '@gantry/runtime/serve.ts';

export const handler = serve(
  metaRoutes,
  {
    'health.get': () => ({ status: 'ok' as const, stage: environment('STAGE'), version }),
    'signIn.get': () => {
      const base = environment('SIGN_IN_URL');
      return {
        authorizeUrl: `${base}/oauth2/authorize`,
        tokenUrl: `${base}/oauth2/token`,
        revokeUrl: `${base}/oauth2/revoke`,
        clientId: environment('USER_POOL_CLIENT_ID'),
        scopes: ['openid', 'email'],
        redirectUrls: [...redirectUrls],
        dashboard: {
          clientId: environment('DASHBOARD_CLIENT_ID'),
          redirectUrl: signedInUrl(environment('API_URL')),
          logoutUrl: `${base}/logout`,
        },
      };
    },
    'openapi.get': () => ({ ...openApiDocument(environment('API_URL')) }),
  },
  {
    authenticate: () => Promise.reject(new GantryError('Unauthenticated', 'No route of this context takes a token.')),
    pages: { '/docs': () => referencePage(openApiDocument(environment('API_URL'))) },
  },
);
