import type { Kernel } from '../../kernel/kernel.ts';
import { REGION } from '../../kernel/kernel.ts';
import type { FunctionInvoker } from '../../kernel/ports.ts';
import type { Mount, Room } from '../../kernel/resource.ts';
import { isLoopbackHost } from '../../wire/guard.ts';
import { type Api, type Apis, onlyApi } from './api.ts';
import { createConnections } from './connections.ts';
import { createHttpHandler } from './http.ts';
import { gatewayAnswer } from './http-answer.ts';
import { createManagement } from './management.ts';
import { apiResources } from './resources.ts';
import { createWebSocketHandler } from './websocket.ts';

/**
 * API Gateway: the HTTP API at the front's own address, the WebSocket API at `/<stage>` of the same, and `@connections` on
 * the AWS endpoint.
 */
export function createApiGateway(kernel: Kernel, { lambda }: { readonly lambda: FunctionInvoker }): Room {
  const apis: Apis = new Map();
  const connections = createConnections(kernel.meter);
  const http = onceDeclared(
    () => onlyApi(apis, 'HTTP'),
    (api) => createHttpHandler(kernel, lambda, api),
  );
  const webSocket = onceDeclared(
    () => onlyApi(apis, 'WEBSOCKET'),
    (api) => createWebSocketHandler(kernel, lambda, api, connections),
  );

  const front: Mount = {
    on: 'front',
    takes: isLoopbackHost,
    async request(request, response, url) {
      const handle = http();
      if (handle !== undefined) return handle(request, response, url);
      const { body, status } = gatewayAnswer(404, 'Not Found');
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    },
    async upgrade(request, socket, head, url) {
      const handle = webSocket();
      if (handle === undefined) socket.destroy();
      else await handle(request, socket, head, url);
    },
  };

  return {
    raw: [createManagement(kernel, connections, () => onlyApi(apis, 'WEBSOCKET'))],
    mounts: [front],
    resources: apiResources(apis),
    address(url) {
      const [, id = ''] =
        new RegExp(`^([a-z0-9]+)\\.execute-api\\.${REGION}\\.amazonaws\\.com$`).exec(url.hostname) ?? [];
      const api = apis.get(id);
      if (api === undefined) return undefined;
      const path = url.pathname === '/' ? '' : url.pathname;
      if (api.protocol === 'HTTP') return `${kernel.addresses.front}${path}${url.search}`;
      if (url.protocol === 'wss:') return `${kernel.addresses.front.replace(/^http/, 'ws')}${path}${url.search}`;
      return `${kernel.addresses.aws}/execute-api/${id}${path}${url.search}`;
    },
    async stop() {
      connections.stop();
    },
  };
}

/** A handler that is made at its first use, when all of its API is declared; undefined while there is no such API. */
function onceDeclared<Handler>(find: () => Api | undefined, make: (api: Api) => Handler): () => Handler | undefined {
  let made: Handler | undefined;
  return () => {
    const api = find();
    if (made === undefined && api !== undefined) made = make(api);
    return made;
  };
}
