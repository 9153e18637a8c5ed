import { GantryError } from '@gantry/contract/errors.ts';
import { takesToken } from '@gantry/contract/route.ts';
import type { Caller } from '@gantry/core/access/caller.ts';
import type middy from '@middy/core';
import type { Call } from '../call.ts';
import type { HttpAnswer, HttpEvent, LambdaContext } from '../event.ts';

/** Finds the caller of a route that is not public. `callerOf` looks up the owner of a bearer token. Both throw Unauthenticated. */
export function authenticate(
  callerOf: (token: string) => Promise<Caller>,
): middy.MiddlewareObj<Call, HttpAnswer, Error, LambdaContext> {
  return {
    async before({ event: call }) {
      if (takesToken(call.route)) call.caller = await callerOf(bearer(call.event));
    },
  };
}

function bearer(event: HttpEvent): string {
  const [, token] = /^Bearer (\S+)$/.exec(event.headers.authorization ?? '') ?? [];
  if (token === undefined)
    throw new GantryError('Unauthenticated', 'This route needs an access token: Authorization: Bearer …');
  return token;
}
