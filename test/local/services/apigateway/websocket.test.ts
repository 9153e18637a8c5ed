import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import type { Principal } from '../../../../local/kernel/iam.ts';
import { ACCOUNT, REGION } from '../../../../local/kernel/kernel.ts';
import type { Room } from '../../../../local/kernel/resource.ts';
import { createApiGateway } from '../../../../local/services/apigateway/room.ts';
import { createLambda } from '../../../../local/services/lambda/room.ts';
import { type Bench, bench } from '../../support.ts';
import { arnOf, assetsOf, declare, functionProperties, functionRole, logSink, until } from '../lambda/functions.ts';

const SOURCES = {
  connect: `export const handler = async (event) => {
    const ticket = event.queryStringParameters?.ticket;
    console.log("ticket " + ticket + " connect " + event.requestContext.connectionId);
    return { statusCode: ticket?.startsWith("good") ? 200 : 401 };
  };`,
  fallback: 'export const handler = async (event) => { console.log("default " + event.body); };',
  special: `export const handler = async (event) => {
    console.log("special " + event.requestContext.connectionId);
    if (JSON.parse(event.body).fail) throw new Error("inner detail");
  };`,
  disconnect:
    'export const handler = async (event) => { console.log("disconnect " + event.requestContext.connectionId); };',
};

const ROUTES = { $connect: 'connect', $default: 'fallback', special: 'special', $disconnect: 'disconnect' } as const;

describe('a WebSocket API', () => {
  let cloud: Bench;
  let api: Room;
  let apiId: string;
  let sender: Principal;
  const sink = logSink();
  const open: WebSocket[] = [];
  const logged = (name: string) => sink.linesOf(`/aws/lambda/${name}`).join('\n');
  const socketAddress = () => api.address?.(new URL(`wss://${apiId}.execute-api.${REGION}.amazonaws.com/live`)) ?? '';
  const management = (principal: Principal) =>
    new ApiGatewayManagementApiClient({
      ...cloud.client(principal),
      endpoint: api.address?.(new URL(`https://${apiId}.execute-api.${REGION}.amazonaws.com/live`)) ?? '',
    });

  const connect = async (): Promise<{ socket: WebSocket; id: string; messages: string[] }> => {
    const ticket = `good${randomUUID()}`;
    const socket = new WebSocket(`${socketAddress()}?ticket=${ticket}`);
    open.push(socket);
    const messages: string[] = [];
    socket.on('message', (data) => messages.push(data.toString()));
    await once(socket, 'open');
    await until('$connect has run', () => logged('connect').includes(ticket));
    const [, id = ''] = new RegExp(`ticket ${ticket} connect (\\S+)`).exec(logged('connect')) ?? [];
    return { socket, id, messages };
  };
  const refusal = async (address: string, headers = {}): Promise<number | undefined> => {
    const socket = new WebSocket(address, { headers });
    socket.on('error', () => undefined);
    const [, response] = await once(socket, 'unexpected-response');
    socket.terminate();
    return response.statusCode;
  };

  beforeAll(async () => {
    cloud = await bench(async (kernel) => {
      const nothing = () => Promise.resolve([]);
      const queues = { receive: nothing, remove: async () => undefined, send: async () => undefined };
      const assets = assetsOf(kernel, SOURCES);
      const lambda = createLambda(kernel, { logs: sink, assets, queues, streams: { read: nothing } });
      api = createApiGateway(kernel, { lambda, isFronted: () => false });
      const role = functionRole(kernel, 'realtime');
      const properties = { ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' };
      apiId = (await declare(kernel, api, 'AWS::ApiGatewayV2::Api', 'Ws', properties)).ref;
      await declare(kernel, api, 'AWS::ApiGatewayV2::Stage', 'Live', { ApiId: apiId, StageName: 'live' });
      for (const [RouteKey, key] of Object.entries(ROUTES)) {
        await declare(kernel, lambda, 'AWS::Lambda::Function', key, functionProperties(key, role));
        const integration = await declare(kernel, api, 'AWS::ApiGatewayV2::Integration', `${key}Integration`, {
          ApiId: apiId,
          IntegrationType: 'AWS_PROXY',
          IntegrationUri: `arn:aws:apigateway:${REGION}:lambda:path/2015-03-31/functions/${arnOf(key)}/invocations`,
        });
        const Target = `integrations/${integration.ref}`;
        await declare(kernel, api, 'AWS::ApiGatewayV2::Route', `${key}Route`, { ApiId: apiId, RouteKey, Target });
        await declare(kernel, lambda, 'AWS::Lambda::Permission', `${key}Permission`, {
          Action: 'lambda:InvokeFunction',
          FunctionName: arnOf(key),
          Principal: 'apigateway.amazonaws.com',
          SourceArn: `arn:aws:execute-api:${REGION}:${ACCOUNT}:${apiId}/*${RouteKey}`,
        });
      }
      return [lambda, api];
    });
    const Resource = `arn:aws:execute-api:${REGION}:${ACCOUNT}:${apiId}/live/POST/@connections/*`;
    sender = cloud.role('sender', [{ Effect: 'Allow', Action: 'execute-api:ManageConnections', Resource }]);
  });
  afterEach(() => {
    for (const socket of open.splice(0)) socket.terminate();
  });
  afterAll(() => cloud.close());

  it('accepts a client that $connect accepts, and calls $disconnect when the client leaves', async () => {
    const { id, socket } = await connect();
    socket.close();
    await until('$disconnect has run', () => logged('disconnect').includes(`disconnect ${id}`));
  });

  it('refuses the handshake with the status from $connect', async () => {
    expect(await refusal(`${socketAddress()}?ticket=bad`)).toBe(401);
    expect(await refusal(socketAddress())).toBe(401);
  });

  it('refuses other paths, and pages that the local cloud did not serve', async () => {
    expect(await refusal(socketAddress().replace('/live', '/other'))).toBe(403);
    expect(await refusal(`${socketAddress()}?ticket=good`, { origin: 'http://app.localhost:1' })).toBe(403);
  });

  it('passes a message to the route that it names, and any other to $default', async () => {
    const { id, socket } = await connect();
    socket.send(JSON.stringify({ action: 'special' }));
    socket.send(JSON.stringify({ action: 'unknown' }));
    socket.send(JSON.stringify({ action: '$disconnect' }));
    socket.send('not json');
    await until('the route "special" has run', () => logged('special').includes(`special ${id}`));
    await until('the route "$default" has run', () =>
      ['unknown', '$disconnect', 'not json'].every((each) => logged('fallback').includes(each)),
    );
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });

  it('reports a failed function to the client, and hides its internals', async () => {
    const { id, messages, socket } = await connect();
    socket.send(JSON.stringify({ action: 'special', fail: true }));
    await until('a frame has arrived', () => messages.length > 0);
    expect(JSON.parse(messages[0] ?? '')).toEqual({
      message: 'Internal server error',
      connectionId: id,
      requestId: expect.any(String),
    });
  });

  it("delivers a function's posts in order", async () => {
    const { id, messages } = await connect();
    const client = management(sender);
    for (const Data of ['one', 'two', 'ü'.repeat(30_000)]) {
      await client.send(new PostToConnectionCommand({ ConnectionId: id, Data }));
    }
    await until('three frames have arrived', () => messages.length === 3);
    expect(messages).toEqual(['one', 'two', 'ü'.repeat(30_000)]);
    expect(cloud.kernel.meter.snapshot()['websocket.messages']).toBeGreaterThanOrEqual(4);
  });

  it('answers 410 for a client that has left or never existed', async () => {
    const { id, socket } = await connect();
    socket.close();
    await until('$disconnect has run', () => logged('disconnect').includes(`disconnect ${id}`));
    for (const ConnectionId of [id, 'never0000000000=']) {
      const post = management(sender).send(new PostToConnectionCommand({ ConnectionId, Data: 'late' }));
      await expect(post).rejects.toMatchObject({ name: 'GoneException', $metadata: { httpStatusCode: 410 } });
    }
  });

  it('refuses a message above 128 KB', async () => {
    const { id } = await connect();
    const post = management(sender).send(new PostToConnectionCommand({ ConnectionId: id, Data: 'x'.repeat(131_073) }));
    await expect(post).rejects.toMatchObject({ name: 'PayloadTooLargeException' });
  });

  it('allows a caller what its role allows', async () => {
    const { id } = await connect();
    const look = management(sender).send(new GetConnectionCommand({ ConnectionId: id }));
    await expect(look).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const stranger = cloud.role('stranger', []);
    const post = management(stranger).send(new PostToConnectionCommand({ ConnectionId: id, Data: 'x' }));
    await expect(post).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('describes a connection, and closes it', async () => {
    const { id, socket } = await connect();
    const client = management({ kind: 'operator' });
    const seen = await client.send(new GetConnectionCommand({ ConnectionId: id }));
    expect(seen.ConnectedAt).toBeInstanceOf(Date);
    expect(seen.Identity?.SourceIp).toBe('127.0.0.1');
    const closed = once(socket, 'close');
    await client.send(new DeleteConnectionCommand({ ConnectionId: id }));
    expect((await closed)[0]).toBe(1000);
  });

  it.each([
    ['binary', Buffer.from([1, 2, 3]), 1003],
    ['larger than a frame may be', 'x'.repeat(32_769), 1009],
  ])('closes the connection of a client whose message is %s', async (_what, data, code) => {
    const { socket } = await connect();
    const closed = once(socket, 'close');
    socket.send(data);
    expect((await closed)[0]).toBe(code);
  });

  it('drops a client that does not read, and answers 410 for it', async () => {
    const { id, socket } = await connect();
    socket.pause();
    const client = management(sender);
    const post = () => client.send(new PostToConnectionCommand({ ConnectionId: id, Data: 'x'.repeat(131_072) }));
    const flood = async () => {
      for (let sent = 0; sent < 500; sent += 1) await post();
    };
    await expect(flood()).rejects.toMatchObject({ name: 'GoneException' });
    await until('$disconnect has run', () => logged('disconnect').includes(`disconnect ${id}`));
  });
});
