import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ACCOUNT, REGION } from '../../../../local/kernel/kernel.ts';
import type { Room } from '../../../../local/kernel/resource.ts';
import { createApiGateway } from '../../../../local/services/apigateway/room.ts';
import { createLambda } from '../../../../local/services/lambda/room.ts';
import { type Bench, bench } from '../../support.ts';
import { arnOf, assetsOf, declare, functionProperties, functionRole, logSink } from '../lambda/functions.ts';

const SOURCES = {
  show: 'export const handler = async (event) => event;',
  reply: 'export const handler = async (event) => JSON.parse(event.body);',
  slow: 'export const handler = async () => { await new Promise((resolve) => setTimeout(resolve, 3000)); };',
  throws: 'export const handler = async () => { throw new Error("inner detail"); };',
  unpermitted: 'export const handler = async () => "never";',
};

const ROUTES: readonly (readonly [string, keyof typeof SOURCES])[] = [
  ['GET /pets/dog', 'show'],
  ['GET /pets/{id}', 'show'],
  ['GET /pets/{id}/toys/{toy}', 'show'],
  ['ANY /pets/{id}', 'show'],
  ['GET /files/{proxy+}', 'show'],
  ['POST /show', 'show'],
  ['POST /reply', 'reply'],
  ['GET /slow', 'slow'],
  ['GET /throws', 'throws'],
  ['GET /unpermitted', 'unpermitted'],
];

describe('an HTTP API', () => {
  let cloud: Bench;
  let api: Room;
  let apiId: string;
  const at = (path: string) => `${cloud.kernel.addresses.front}${path}`;
  const event = async (path: string, init?: RequestInit) =>
    (await (await fetch(at(path), init)).json()) as Readonly<Record<string, unknown>>;
  const reply = (answer: unknown) => fetch(at('/reply'), { method: 'POST', body: JSON.stringify(answer) });

  beforeAll(async () => {
    cloud = await bench(async (kernel) => {
      const nothing = () => Promise.resolve([]);
      const queues = { receive: nothing, remove: async () => undefined, send: async () => undefined };
      const lambda = createLambda(kernel, {
        logs: logSink(),
        assets: assetsOf(kernel, SOURCES),
        queues,
        streams: { read: nothing },
      });
      api = createApiGateway(kernel, { lambda, isFronted: () => false });
      const role = functionRole(kernel, 'serves');
      const declared = await declare(kernel, api, 'AWS::ApiGatewayV2::Api', 'Http', {
        ProtocolType: 'HTTP',
        CorsConfiguration: { AllowOrigins: ['*'], AllowMethods: ['*'], AllowHeaders: ['authorization'], MaxAge: 60 },
      });
      apiId = declared.ref;
      const ApiId = apiId;
      const settings = { ThrottlingBurstLimit: 150, ThrottlingRateLimit: 5 };
      const stage = { ApiId, StageName: '$default', AutoDeploy: true, DefaultRouteSettings: settings };
      await declare(kernel, api, 'AWS::ApiGatewayV2::Stage', 'Stage', stage);
      const integrations = new Map<string, string>();
      for (const key of Object.keys(SOURCES)) {
        await declare(kernel, lambda, 'AWS::Lambda::Function', key, functionProperties(key, role));
        const integration = await declare(kernel, api, 'AWS::ApiGatewayV2::Integration', `${key}Integration`, {
          ApiId,
          IntegrationType: 'AWS_PROXY',
          IntegrationUri: arnOf(key),
          PayloadFormatVersion: '2.0',
          ...(key === 'slow' ? { TimeoutInMillis: 100 } : {}),
        });
        integrations.set(key, integration.ref);
        if (key === 'unpermitted') continue;
        await declare(kernel, lambda, 'AWS::Lambda::Permission', `${key}Permission`, {
          Action: 'lambda:InvokeFunction',
          FunctionName: arnOf(key),
          Principal: 'apigateway.amazonaws.com',
          SourceArn: `arn:aws:execute-api:${REGION}:${ACCOUNT}:${ApiId}/*/*`,
        });
      }
      for (const [index, [RouteKey, key]] of ROUTES.entries()) {
        const Target = `integrations/${integrations.get(key)}`;
        await declare(kernel, api, 'AWS::ApiGatewayV2::Route', `Route${index}`, { ApiId, RouteKey, Target });
      }
      return [lambda, api];
    });
  });
  afterAll(() => cloud.close());

  it('gives a function an event in payload format 2.0', async () => {
    const headers = { 'X-One': '1', cookie: 'a=1; b=2', 'content-type': 'application/json' };
    const shown = await event('/show?q=1&q=2&r=%20', { method: 'POST', headers, body: '{"n":1}' });
    expect(shown).toMatchObject({
      version: '2.0',
      routeKey: 'POST /show',
      rawPath: '/show',
      rawQueryString: 'q=1&q=2&r=%20',
      cookies: ['a=1', 'b=2'],
      headers: {
        'x-one': '1',
        'content-type': 'application/json',
        'content-length': '7',
        'x-forwarded-for': '127.0.0.1',
      },
      queryStringParameters: { q: '1,2', r: ' ' },
      requestContext: {
        accountId: ACCOUNT,
        apiId,
        domainName: '127.0.0.1',
        http: { method: 'POST', path: '/show', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1' },
        routeKey: 'POST /show',
        stage: '$default',
        time: expect.stringMatching(/^\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
      },
      body: '{"n":1}',
      isBase64Encoded: false,
    });
    expect(shown.headers).not.toHaveProperty('cookie');
    expect(shown).not.toHaveProperty('pathParameters');
  });

  it('passes a binary body in base64', async () => {
    const body = new Uint8Array([0, 255, 1]);
    const shown = await event('/show', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/octet-stream' },
    });
    expect(shown).toMatchObject({ body: 'AP8B', isBase64Encoded: true });
  });

  it.each([
    ['GET', '/pets/dog', 'GET /pets/dog', undefined],
    ['GET', '/pets/a%2Fb%20c', 'GET /pets/{id}', { id: 'a/b c' }],
    ['DELETE', '/pets/dog', 'ANY /pets/{id}', { id: 'dog' }],
    ['GET', '/pets/1/toys/ball', 'GET /pets/{id}/toys/{toy}', { id: '1', toy: 'ball' }],
    ['GET', '/files/a/b%20c', 'GET /files/{proxy+}', { proxy: 'a/b c' }],
  ])('picks the most specific route: %s %s', async (method, path, routeKey, pathParameters) => {
    const shown = await event(path, { method });
    expect([shown.routeKey, shown.pathParameters]).toEqual([routeKey, pathParameters]);
  });

  it.each(['/nothing', '/pets/dog/', '/files/', '/'])('answers 404 when no route matches %s', async (path) => {
    const response = await fetch(at(path));
    expect([response.status, await response.json()]).toEqual([404, { message: 'Not Found' }]);
  });

  it("answers with the function's status, headers, cookies and body", async () => {
    const answer = {
      statusCode: 201,
      headers: { ETag: '"1"' },
      cookies: ['a=1', 'b=2'],
      body: 'AP8B',
      isBase64Encoded: true,
    };
    const response = await reply(answer);
    expect(response.status).toBe(201);
    expect(response.headers.get('etag')).toBe('"1"');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.from([0, 255, 1]));
  });

  it('answers 200 in JSON for a result without a status, and an opaque 500 for a malformed one', async () => {
    const plain = await reply({ hello: 'world' });
    expect([plain.status, await plain.json()]).toEqual([200, { hello: 'world' }]);
    const malformed = await reply({ statusCode: 'soon' });
    expect([malformed.status, await malformed.json()]).toEqual([500, { message: 'Internal Server Error' }]);
  });

  it.each([
    ['a function that throws', '/throws', 500, 'Internal Server Error'],
    ['a function that the gateway may not invoke', '/unpermitted', 500, 'Internal Server Error'],
    ['a function that takes too long', '/slow', 503, 'Service Unavailable'],
  ])('hides internals: %s', async (_what, path, status, message) => {
    const response = await fetch(at(path));
    expect([response.status, await response.json()]).toEqual([status, { message }]);
  });

  it('stops serving while the permission is suspended, and serves again afterwards', async () => {
    const [statement] = [...cloud.kernel.iam.usage().keys()].filter((id) => id.startsWith('test/showPermission'));
    cloud.kernel.iam.suspend(statement ?? '', true);
    expect((await fetch(at('/pets/dog'))).status).toBe(500);
    cloud.kernel.iam.suspend(statement ?? '', false);
    expect((await fetch(at('/pets/dog'))).status).toBe(200);
  });

  it('refuses a body above 10 MB', async () => {
    const response = await fetch(at('/reply'), { method: 'POST', body: Buffer.alloc(10_485_761) });
    expect([response.status, await response.json()]).toEqual([413, { message: 'Request Entity Too Large' }]);
  });

  it('answers a preflight itself', async () => {
    const headers = { origin: cloud.kernel.addresses.front, 'access-control-request-method': 'POST' };
    const response = await fetch(at('/show'), { method: 'OPTIONS', headers });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-headers')).toBe('authorization');
  });

  it('does not answer for a foreign host name', async () => {
    const { port } = new URL(cloud.kernel.addresses.front);
    const status = await new Promise((resolve) => {
      const sent = httpRequest({ port, path: '/pets/dog', headers: { host: 'rebound.example' } }, (response) => {
        resolve(response.resume().statusCode);
      });
      sent.end();
    });
    expect(status).toBe(403);
  });

  it('has the address that the template refers to', () => {
    const { front } = cloud.kernel.addresses;
    expect(api.address?.(new URL(`https://${apiId}.execute-api.${REGION}.amazonaws.com`))).toBe(front);
    expect(api.address?.(new URL(`https://other.execute-api.${REGION}.amazonaws.com`))).toBeUndefined();
    expect(apiId).toMatch(/^[a-z0-9]{10}$/);
  });

  it.each([
    ['AWS::ApiGatewayV2::Route', { RouteKey: 'GET /x', AuthorizationType: 'JWT' }, /AuthorizationType JWT/],
    ['AWS::ApiGatewayV2::Integration', { IntegrationType: 'HTTP_PROXY', IntegrationUri: 'https://x' }, /AWS_PROXY/],
    ['AWS::ApiGatewayV2::Stage', { StageName: 'prod' }, /\$default/],
  ])('refuses by name a setting that is not emulated: %s', async (type, properties, message) => {
    await expect(declare(cloud.kernel, api, type, 'Bad', { ApiId: apiId, ...properties })).rejects.toThrow(message);
  });

  // Must be the last test: it uses up the stage's burst.
  it('answers 429 above the throttle of its stage', async () => {
    const statuses = await Promise.all(Array.from({ length: 400 }, async () => (await fetch(at('/nothing'))).status));
    expect(new Set(statuses)).toEqual(new Set([404, 429]));
  });
});
