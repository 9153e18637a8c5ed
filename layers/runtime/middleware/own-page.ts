import { environment } from '@gantry/cloud/environment.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { PAGE_HEADER } from '@gantry/contract/route.ts';
import type middy from '@middy/core';
import type { Call } from '../call.ts';
import type { HttpAnswer, LambdaContext } from '../event.ts';
import { sessionCookie } from '../session-cookie.ts';

/**
 * Admits only pages of this installation to a route that reads the session cookie. A browser always names the origin of a page that sends anything
 * but a GET. It lets a page of another origin add a header only after a preflight, and none allows that.
 */
export const ownPage: middy.MiddlewareObj<Call, HttpAnswer, Error, LambdaContext> = {
  before({ event: call }) {
    if (call.route.access !== 'page') return;
    const { headers } = call.event;
    if (headers[PAGE_HEADER] === undefined)
      throw new GantryError('Unauthenticated', "This route is for the dashboard's own pages. Use an access token.");
    if (headers.origin !== new URL(environment('API_URL')).origin)
      throw new GantryError('Forbidden', 'This route does not answer pages of another origin.');
    call.cookie = sessionCookie(call.event);
  },
};
