import middy from '@middy/core';
import type { LambdaContext } from './event.ts';
import { callLog } from './middleware/call-log.ts';
import { presentStatus, type SocketAnswer } from './middleware/present-status.ts';

type RouteKey = '$connect' | '$default' | '$disconnect';

/** A WebSocket API event: the parts that are read. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html */
export interface SocketEvent {
  readonly requestContext: { readonly connectionId: string; readonly routeKey: RouteKey; readonly requestId: string };
  /** For `$connect` only. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null;
  readonly body?: string;
}

/** The Lambda handler of the WebSocket API's routes. An error's status refuses a connection; on other routes no client sees it. */
export function socket(
  routes: Readonly<Record<RouteKey, (connectionId: string, event: SocketEvent) => Promise<void>>>,
) {
  return middy<SocketEvent, SocketAnswer, Error, LambdaContext>()
    .use(socketLog)
    .use(presentStatus)
    .handler(async (event) => {
      const { connectionId, routeKey } = event.requestContext;
      await routes[routeKey](connectionId, event);
      return { statusCode: 200 };
    });
}

const socketLog = callLog<SocketEvent, SocketAnswer>({
  kind: 'socket',
  done: 'socket route',
  failed: 'socket route failed',
  about: ({ requestContext: { requestId, routeKey } }) => ({ requestId, routeKey }),
  outcome: (_event, answer) => (answer?.statusCode === 200 ? {} : { statusCode: answer?.statusCode }),
});
