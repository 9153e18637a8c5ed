import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';

type Answer = (response: ServerResponse) => unknown;

const POOL = 'xx-local-1_Pool';
const breaks: Answer = (response) => response.destroy();
const fails: Answer = (response) => response.writeHead(503).end();
const knowsNobody: Answer = (response) => response.end('{}');

/** What Cognito's and DynamoDB's answers to the one who asks who is behind a token come to. */
describe('who is behind a token', () => {
  let authenticate: (bearer: string) => Promise<unknown>;
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
    });
    ({ authenticate } = await import('@gantry/core/identity/operations.ts'));
  });
  beforeEach(() => {
    ofKeys = [];
    ofDatabase = knowsNobody;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  // First: once the keys are known they are not asked for again.
  it.each([
    ['the keys cannot be read', [fails, fails]],
    ['nobody answers for the keys', [breaks, breaks]],
  ])('cannot be told while %s, which says nothing of the token', async (_, answers) => {
    ofKeys = answers;
    await expect(authenticate(good)).rejects.toMatchObject({ kind: 'Unavailable' });
  });

  it('is told although the keys come at the second attempt only', async () => {
    ofKeys = [breaks];
    await expect(authenticate(good)).rejects.toMatchObject({ kind: 'Forbidden' });
  });

  it('is nobody where the token is forged', async () => {
    await expect(authenticate(forged)).rejects.toMatchObject({ kind: 'Unauthenticated' });
  });

  it.each([
    ['an access token', () => good],
    ['an API token', () => 'gty_01J8Z3N5W4Q8R7T6Y5X4W3V2T1_secret'],
  ])('cannot be told of %s while the database does not answer it', async (_, token) => {
    ofDatabase = fails;
    await expect(authenticate(token())).rejects.toMatchObject({ kind: 'Unavailable' });
  });
});
