import type middy from '@middy/core';
import type { Call } from '../call.ts';
import { unmarkCursor } from '../cursors.ts';
import type { HttpAnswer, LambdaContext } from '../event.ts';
import { parseRequest } from '../request.ts';

/** Reads a request by its route's schemas. Throws Invalid with every wrong field. */
export const validate: middy.MiddlewareObj<Call, HttpAnswer, Error, LambdaContext> = {
  before({ event: call }) {
    const { route, event } = call;
    const parsed = parseRequest(route, event);
    call.request = { ...parsed, query: unmarkCursor(route, event.rawPath, parsed.query) };
  },
};
