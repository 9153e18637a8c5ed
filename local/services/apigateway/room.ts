import type { Kernel } from '../../kernel/kernel.ts';
import { REGION } from '../../kernel/kernel.ts';
import type { ApiOrigins, FunctionInvoker } from '../../kernel/ports.ts';
import type { Mount, Room } from '../../kernel/resource.ts';
import { isLoopbackHost } from '../../wire/guard.ts';
import { refuseUpgrade } from '../../wire/server.ts';
import { type Api, type Apis, onlyApi } from './api.ts';
import { createConnections } from './connections.ts';
import { createHttpHandler } from './http.ts';
import { gatewayAnswer } from './http-answer.ts';
import { createManagement } from './management.ts';
import { apiResources } from './resources.ts';
import { createWebSocketHandler } from './websocket.ts';

const HOST = new RegExp(`^([a-z0-9]+)\\.execute-api\\.${REGION}\\.amazonaws\\.com$`);
const PATH = /^\/execute-api\/([a-z0-9]+)(\/.*)$/;

interface Ports {
  readonly lambda: FunctionInvoker;
  /** Whether a distribution has the front's address; the APIs then have their own addresses on the AWS endpoint. */
  isFronted(): boolean;
}

/**
 * API Gateway: each API is at `/execute-api/<id>` of the AWS endpoint, with `@connections`, and can be an origin of a distribution. Without a
 * distribution the HTTP API has the front's address, and the WebSocket API is at `/<stage>` of it.
 */
export function createApiGateway(
  kernel: Kernel,
  { lambda, isFronted }: Ports,
): Room & { readonly origins: ApiOrigins } {
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
  const isApi = (protocol: Api['protocol'], id: string | undefined) =>
    id !== undefined && apis.get(id)?.protocol === protocol;

  const request: Mount['request'] = async (...[incoming, response, url]) => {
    const handle = http();
    if (handle !== undefined) return handle(incoming, response, url);
    const { body, status } = gatewayAnswer(404, 'Not Found');
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  };

  const front: Mount = {
    on: 'front',
    takes: isLoopbackHost,
    request,
    async upgrade(incoming, socket, head, url) {
      const handle = webSocket();
      if (handle === undefined) socket.destroy();
      else await handle(incoming, socket, head, url);
    },
  };

  /** Plays API Gateway's own addresses on AWS: requests there have no header of a distribution. */
  const direct: Mount = {
    on: 'aws',
    takes: (_host, path) => {
      const [, id] = PATH.exec(path) ?? [];
      return isApi('HTTP', id) || isApi('WEBSOCKET', id);
    },
    request: (incoming, response, url) => request(incoming, response, inside(url)),
    async upgrade(incoming, socket, head, url) {
      const handle = isApi('WEBSOCKET', PATH.exec(url.pathname)?.[1]) ? webSocket() : undefined;
      if (handle === undefined) return refuseUpgrade(socket, 403, 'Forbidden');
      await handle(incoming, socket, head, inside(url));
    },
  };

  const origins: ApiOrigins = {
    async request(host, incoming, response, url, headers) {
      const handle = isApi('HTTP', HOST.exec(host)?.[1]) ? http() : undefined;
      if (handle !== undefined) return handle(incoming, response, url, headers);
      // The answer of a WebSocket API to a plain request.
      response.statusCode = 403;
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ message: 'Forbidden' }));
    },
    async upgrade(host, incoming, socket, head, url, headers) {
      const handle = isApi('WEBSOCKET', HOST.exec(host)?.[1]) ? webSocket() : undefined;
      if (handle === undefined) return refuseUpgrade(socket, 403, 'Forbidden');
      await handle(incoming, socket, head, url, headers);
    },
  };

  return {
    raw: [createManagement(kernel, connections, () => onlyApi(apis, 'WEBSOCKET'))],
    mounts: [front, direct],
    resources: apiResources(apis),
    origins,
    address(url) {
      const [, id = ''] = HOST.exec(url.hostname) ?? [];
      const api = apis.get(id);
      if (api === undefined) return undefined;
      const path = url.pathname === '/' ? '' : url.pathname;
      const { front: address, aws } = kernel.addresses;
      if (!isFronted() && api.protocol === 'HTTP') return `${address}${path}${url.search}`;
      if (!isFronted() && url.protocol === 'wss:') return `${address.replace(/^http/, 'ws')}${path}${url.search}`;
      const base = url.protocol === 'wss:' ? aws.replace(/^http/, 'ws') : aws;
      return `${base}/execute-api/${id}${path}${url.search}`;
    },
    async stop() {
      connections.stop();
    },
  };
}

/** The address for the API, without the part that names the API. */
function inside(url: URL): URL {
  const [, , path = '/'] = PATH.exec(url.pathname) ?? [];
  const own = new URL(url);
  own.pathname = path;
  return own;
}

/** A handler made at its first use, when its API is fully declared; undefined without such an API. */
function onceDeclared<Handler>(find: () => Api | undefined, make: (api: Api) => Handler): () => Handler | undefined {
  let made: Handler | undefined;
  return () => {
    const api = find();
    if (api === undefined) return undefined;
    made ??= make(api);
    return made;
  };
}
