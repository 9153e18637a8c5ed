import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '../../kernel/iam.ts';
import { ACCOUNT, type Kernel, REGION } from '../../kernel/kernel.ts';
import type { RawService } from '../../kernel/resource.ts';
import { AwsError } from '../../kernel/service.ts';
import { readBody } from '../../wire/body.ts';
import type { Api } from './api.ts';
import { type Connection, type Connections, MAX_MESSAGE } from './connections.ts';

/** Far above the limit, so that a slightly too large message gets its own error. */
const MAX_BODY = 8 * MAX_MESSAGE;

/** Identifiers hold nothing but letters, digits and a `=`, which clients escape. */
const PATH = /^\/execute-api\/([^/]+)\/([^/]+)\/@connections\/((?:\w|=|%3D)+)$/i;

/**
 * `@connections`: functions send to a client, describe it or close it. Each call needs `execute-api:ManageConnections`. Errors: `ForbiddenException`,
 * `GoneException` (410), `PayloadTooLargeException` (413, 128 KB). Source:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 */
export function createManagement(kernel: Kernel, connections: Connections, api: () => Api | undefined): RawService {
  const find = (request: IncomingMessage, principal: Principal, url: URL): Connection => {
    const [, apiId, stage, encoded] = PATH.exec(url.pathname) ?? [];
    const declared = api();
    if (encoded === undefined || declared?.id !== apiId || declared?.stage?.name !== stage) {
      throw new AwsError('NotFoundException', `There is no API stage at ${url.pathname}.`, 404);
    }
    const id = encoded.replace(/%3D/gi, '=');
    const resource = `arn:aws:execute-api:${REGION}:${ACCOUNT}:${apiId}/${stage}/${request.method}/@connections/${id}`;
    kernel.iam.require(principal, { action: 'execute-api:ManageConnections', resource });
    const connection = connections.get(id);
    if (connection === undefined) throw new AwsError('GoneException', 'Gone', 410);
    return connection;
  };

  const handle = async (request: IncomingMessage, response: ServerResponse, principal: Principal, url: URL) => {
    const body = await readBody(request, MAX_BODY);
    const connection = find(request, principal, url);
    if (request.method === 'POST') {
      if (body.length > MAX_MESSAGE) throw new AwsError('PayloadTooLargeException', `Over ${MAX_MESSAGE} bytes.`, 413);
      if (!connections.send(connection, body)) throw new AwsError('GoneException', 'Gone', 410);
      return answer(response, 200, {});
    }
    if (request.method === 'DELETE') {
      connection.socket.close(1000, 'Connection Closed Normally');
      response.writeHead(204).end();
      return;
    }
    if (request.method !== 'GET') throw new AwsError('UnknownOperationException', `No ${request.method} here.`, 404);
    const { connectedAt, lastActiveAt, sourceIp, userAgent } = connection;
    answer(response, 200, {
      connectedAt: new Date(connectedAt).toISOString(),
      identity: { sourceIp, userAgent },
      lastActiveAt: new Date(lastActiveAt).toISOString(),
    });
  };

  return { signingName: 'execute-api', handle };
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
