import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { Kernel } from '../../kernel/kernel.ts';
import type { FunctionInvoker } from '../../kernel/ports.ts';
import { hostName, isKnownOrigin, isLoopbackHost } from '../../wire/guard.ts';
import { refuseUpgrade } from '../../wire/server.ts';
import { type Api, integrationOf } from './api.ts';
import { type Connection, type Connections, connectionId } from './connections.ts';
import { sourceIp } from './http-event.ts';
import { type Integrated, integrate } from './invocation.ts';
import { createThrottle } from './throttle.ts';
import { type Caller, connectEvent, disconnectEvent, messageEvent } from './websocket-event.ts';

/** The largest message from a client, in bytes: clients send a message as one frame, and a frame has 32 KB at most. */
const MAX_FRAME = 32_768;
/** Messages of one connection handled at a time; the client is not read beyond. */
const MAX_IN_FLIGHT = 8;
const UNSUPPORTED = 1003;

/** The WebSocket side of an API: handshakes, messages to functions. Made once the API is declared. */
export function createWebSocketHandler(kernel: Kernel, lambda: FunctionInvoker, api: Api, connections: Connections) {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME,
    perMessageDeflate: false,
    handleProtocols: () => false,
  });
  const { aws, front } = kernel.addresses;
  const admits = createThrottle(api.stage?.throttle);

  const call = (routeKey: string, event: unknown): Promise<Integrated> => {
    const integration = integrationOf(api, routeKey);
    if (integration === undefined) return Promise.resolve({ ok: true, payload: null });
    return integrate(kernel, lambda, api, integration, routeKey, event);
  };

  const onMessage = async (caller: Caller, connection: Connection, body: string): Promise<void> => {
    const named = routeOf(api, body);
    const routeKey = named !== undefined && api.routes.has(named) ? named : '$default';
    const event = messageEvent(caller, routeKey, body);
    const tell = (message: string): void => {
      const requestId = (event.requestContext as { readonly requestId: string }).requestId;
      connections.send(connection, Buffer.from(JSON.stringify({ message, connectionId: connection.id, requestId })));
    };
    if (!admits()) return tell('Too Many Requests');
    if (!api.routes.has(routeKey)) return tell('Forbidden');
    if (!(await call(routeKey, event)).ok) tell('Internal server error');
  };

  const accept = (caller: Caller, socket: WebSocket): void => {
    const connection: Connection = { ...caller, id: caller.connectionId, socket, lastActiveAt: Date.now() };
    connections.add(connection);
    let inFlight = 0;
    const fail = (error: unknown): void => {
      kernel.note(`connection ${connection.id}: ${error instanceof Error ? error.stack : String(error)}`);
      socket.terminate();
    };
    socket.on('message', (data: RawData, isBinary: boolean) => {
      if (isBinary) return socket.close(UNSUPPORTED, 'Binary messages are not supported');
      const body = data.toString();
      connections.touch(connection, Math.max(Buffer.byteLength(body), 1));
      inFlight += 1;
      if (inFlight >= MAX_IN_FLIGHT) socket.pause();
      void onMessage(caller, connection, body)
        .catch(fail)
        .finally(() => {
          inFlight -= 1;
          if (socket.isPaused) socket.resume();
        });
    });
    socket.on('ping', () => connections.touch(connection, 0));
    socket.on('error', (error) => kernel.note(`connection ${connection.id}: ${error.message}`));
    socket.once('close', (code, reason) => {
      call('$disconnect', disconnectEvent(caller, code, reason.toString())).catch(fail);
    });
  };

  return async (
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    url: URL,
    added?: Readonly<Record<string, string>>,
  ): Promise<void> => {
    if (api.stage === undefined || url.pathname.replace(/\/$/, '') !== `/${api.stage.name}`) return refuse(socket, 403);
    if (!isLoopbackHost(hostName(request)) || !isKnownOrigin(request, [front, aws])) return refuse(socket, 403);
    if (!admits()) return refuse(socket, 429);
    const caller: Caller = {
      apiId: api.id,
      stage: api.stage.name,
      domainName: (request.headers.host ?? '').replace(/:\d+$/, ''),
      connectionId: connectionId(),
      connectedAt: Date.now(),
      sourceIp: sourceIp(request),
      userAgent: request.headers['user-agent'] ?? '',
    };
    const result = await call('$connect', connectEvent(caller, request, url, added));
    if (!result.ok) return refuse(socket, result.status);
    const status = connectStatus(api, result.payload);
    if (status < 200 || status > 299) return refuse(socket, status);
    if (socket.destroyed) {
      await call('$disconnect', disconnectEvent(caller, 1006, 'Connection closed abnormally'));
      return;
    }
    server.handleUpgrade(request, socket, head, (accepted) => accept(caller, accepted));
  };
}

/** The `statusCode` of `$connect`. Without the route everybody may connect; without a valid answer, nobody. */
function connectStatus(api: Api, payload: unknown): number {
  if (!api.routes.has('$connect')) return 200;
  const status =
    typeof payload === 'object' && payload !== null && 'statusCode' in payload ? Number(payload.statusCode) : 502;
  return status in STATUS_CODES ? status : 502;
}

/** The route in a message whose body is JSON and has the property. */
function routeOf(api: Api, body: string): string | undefined {
  try {
    let value: unknown = JSON.parse(body);
    for (const name of api.routeSelection.split('.')) {
      if (typeof value !== 'object' || value === null) return undefined;
      value = Object.getOwnPropertyDescriptor(value, name)?.value;
    }
    return typeof value === 'string' && !value.startsWith('$') ? value : undefined;
  } catch {
    return undefined;
  }
}

function refuse(socket: Duplex, status: number): void {
  const body = JSON.stringify({ message: STATUS_CODES[status] });
  refuseUpgrade(socket, status, STATUS_CODES[status] ?? '', body, 'application/json');
}
