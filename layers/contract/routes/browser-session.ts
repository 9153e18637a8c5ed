import * as z from 'zod';
import { declareRoutes } from '../route.ts';
import { BrowserAccess, NewBrowserSession } from '../schemas/identity.ts';

const path = '/v1/browser-session';

export const browserSessionRoutes = declareRoutes({
  'browserSession.create': {
    method: 'POST',
    path,
    summary:
      'Completes a sign-in at the dashboard: exchanges its code, and keeps the refresh token in a cookie that no script reads',
    access: 'page',
    body: NewBrowserSession,
    reply: { status: 201, schema: BrowserAccess },
    errors: ['Unavailable'],
  },
  'browserSession.refresh': {
    method: 'POST',
    path: `${path}/refresh`,
    summary: 'A new access token for the cookie, which is replaced; null when nobody is signed in at this browser',
    access: 'page',
    reply: { status: 200, schema: z.strictObject({ access: BrowserAccess.nullable() }) },
    errors: ['Unavailable'],
  },
  'browserSession.end': {
    method: 'DELETE',
    path,
    summary: 'Signs out at this browser: revokes the refresh token and deletes the cookie',
    access: 'page',
    reply: { status: 200, schema: z.strictObject({ signedOut: z.literal(true) }) },
    errors: ['Unavailable'],
  },
});
