import type middy from '@middy/core';
import type { HttpAnswer, HttpEvent, LambdaContext } from '../event.ts';
import { callLog } from './call-log.ts';

/** Logs each HTTP request with its route and its status. */
export function requestLog(
  kind: 'request' | 'delivery',
  operationOf: (event: HttpEvent) => string | undefined,
): middy.MiddlewareObj<HttpEvent, HttpAnswer, Error, LambdaContext> {
  return callLog({
    kind,
    done: 'request',
    failed: 'request failed',
    about: (event) => ({
      requestId: event.requestContext.requestId,
      method: event.requestContext.http.method,
      path: event.requestContext.http.path,
      route: operationOf(event),
    }),
    outcome: (_event, answer) => ({ status: answer?.statusCode }),
  });
}
