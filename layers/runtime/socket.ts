import { errorKinds, GantryError } from '@gantry/contract/errors.ts';
import { describeError, logLine, millisecondsSince } from './log.ts';

/** A WebSocket API event: the parts that are read. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html */
export interface SocketEvent {
  readonly requestContext: { readonly connectionId: string; readonly routeKey: string; readonly requestId: string };
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null;
  readonly body?: string;
}

interface SocketAnswer {
  readonly statusCode: number;
}

/** The Lambda handler of one route of the WebSocket API. An error's status refuses a connection; on other routes nobody sees it. */
export function socket(run: (connectionId: string, event: SocketEvent) => Promise<void>) {
  return async (event: SocketEvent): Promise<SocketAnswer> => {
    const { connectionId, routeKey, requestId } = event.requestContext;
    const startedAt = performance.now();
    const fields = () => ({ requestId, routeKey, ms: millisecondsSince(startedAt) });
    try {
      await run(connectionId, event);
      logLine('info', 'socket route', fields());
      return { statusCode: 200 };
    } catch (error) {
      const statusCode = error instanceof GantryError ? errorKinds[error.kind].status : 500;
      const level = statusCode >= 500 ? 'error' : 'info';
      logLine(level, 'socket route failed', { ...fields(), statusCode, error: describeError(error) });
      return { statusCode };
    }
  };
}
