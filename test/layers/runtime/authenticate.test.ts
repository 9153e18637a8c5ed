import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';

type Answer = (response: ServerResponse) => unknown;

const POOL = 'xx-local-1_Pool';
const breaks: Answer = (response) => response.destroy();
const fails: Answer = (response) => response.writeHead(503).end();
const knowsNobody: Answer = (response) => response.end('{}');

/** How the API reacts to Cognito's and DynamoDB's answers about a token. */
describe('a request with a token', () => {
  let ask: (token: string) => Promise<readonly unknown[]>;
  let good: string;
  let forged: string;
  let givesKeys: Answer;
  let ofKeys: Answer[];
  let ofDatabase: Answer;
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const isKeys = request.url === `/${POOL}/.well-known/jwks.json`;
    const answer = isKeys ? (ofKeys.shift() ?? givesKeys) : ofDatabase;
    answer(response);
  });

  beforeAll(async () => {
    const pair = await generateKeyPair('RS256');
    const other = await generateKeyPair('RS256');
    const keys = JSON.stringify({
      keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k', use: 'sig', alg: 'RS256' }],
    });
    givesKeys = (response) => response.end(keys);
    const signed = (key: CryptoKey) =>
      new SignJWT({ client_id: 'client', token_use: 'access', username: 'u' })
        .setProtectedHeader({ alg: 'RS256', kid: 'k' })
        .setIssuer(`https://cognito-idp.xx-local-1.amazonaws.com/${POOL}`)
        .setSubject('u')
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(key);
    good = await signed(pair.privateKey);
    forged = await signed(other.privateKey);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_REGION: 'xx-local-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      USER_POOL_ID: POOL,
      USER_POOL_CLIENT_ID: 'client',
      DASHBOARD_CLIENT_ID: 'page',
      EDGE_SECRET: 'secret',
    });
    const { handler } = await import('../../../functions/api/audit.ts');
    ask = async (token) => {
      const event = {
        routeKey: 'GET /v1/teams/{teamId}/audit',
        rawPath: '/v1/teams/team_01J8Z3N5W4Q8R7T6Y5X4W3V2T1/audit',
        headers: { authorization: `Bearer ${token}`, 'x-gantry-edge': 'secret' },
        pathParameters: { teamId: 'team_01J8Z3N5W4Q8R7T6Y5X4W3V2T1' },
        isBase64Encoded: false,
        requestContext: { requestId: 'r', http: { method: 'GET', path: '/' } },
      };
      const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 28_000 };
      const { statusCode, headers } = await handler(event, context);
      return [statusCode, headers['retry-after']];
    };
  });
  beforeEach(() => {
    ofKeys = [];
    ofDatabase = knowsNobody;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  // The first call: known keys are not fetched again.
  it.each([
    ['cannot be read', [fails, fails]],
    ['do not come', [breaks, breaks]],
  ])('gets 503 and may be repeated when the keys of the pool %s', async (_, answers) => {
    ofKeys = answers;
    expect(await ask(good)).toEqual([503, '1']);
  });

  it('succeeds when the keys arrive at the second attempt', async () => {
    ofKeys = [breaks];
    expect(await ask(good)).toEqual([403, undefined]);
  });

  it('is refused when the token is forged', async () => {
    expect(await ask(forged)).toEqual([401, undefined]);
  });

  it.each([
    ['an access token', () => good],
    ['an API token', () => 'gty_01J8Z3N5W4Q8R7T6Y5X4W3V2T1_secret'],
  ])('gets 503 and may be repeated when the database cannot say whom %s belongs to', async (_, token) => {
    ofDatabase = fails;
    expect(await ask(token())).toEqual([503, '1']);
  });
});
