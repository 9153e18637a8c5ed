import type middy from '@middy/core';
import { requireEdge } from '../edge.ts';
import type { HttpAnswer, HttpEvent, LambdaContext } from '../event.ts';

/** Refuses requests that did not come through the distribution. */
export const fromEdge: middy.MiddlewareObj<HttpEvent, HttpAnswer, Error, LambdaContext> = {
  before({ event }) {
    requireEdge(event.headers);
  },
};
