import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach } from '@jest/globals';
import { type CognitoRoom, createCognito } from '../../../../local/services/cognito/cognito.ts';
import { type Bench, bench } from '../../support.ts';
import { declare } from '../states/ports.ts';

export const CALLBACK = 'http://127.0.0.1:47100/callback';
export const EMAIL = 'owner@example.com';

export let at: Bench;
export let room: CognitoRoom;
export let pool = '';
export let client = '';
export let base = '';

export const declareClient = (more: object = {}) =>
  declare(at.kernel, room, 'AWS::Cognito::UserPoolClient', {
    UserPoolId: pool,
    AllowedOAuthFlows: ['code'],
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthScopes: ['openid', 'email'],
    CallbackURLs: [CALLBACK],
    LogoutURLs: ['http://127.0.0.1:47100/bye'],
    GenerateSecret: false,
    RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
    ...more,
  });
export const declareOwner = () =>
  declare(at.kernel, room, 'AWS::Cognito::UserPoolUser', {
    UserPoolId: pool,
    Username: EMAIL,
    UserAttributes: [
      { Name: 'email', Value: EMAIL },
      { Name: 'email_verified', Value: 'true' },
    ],
  });

beforeEach(async () => {
  at = await bench((kernel) => {
    room = createCognito(kernel);
    return [room];
  });
  pool = (await declare(at.kernel, room, 'AWS::Cognito::UserPool', { UsernameAttributes: ['email'] })).ref;
  client = (await declareClient()).ref;
  await declare(at.kernel, room, 'AWS::Cognito::UserPoolDomain', { Domain: 'gantry', UserPoolId: pool });
  await declareOwner();
  base = room.address?.(new URL('https://gantry.auth.xx-local-1.amazoncognito.com')) ?? '';
});
afterEach(() => at.close());

const verifier = randomBytes(32).toString('base64url');
export const authorization = (more: Readonly<Record<string, string>> = {}) =>
  new URLSearchParams({
    client_id: client,
    response_type: 'code',
    redirect_uri: CALLBACK,
    scope: 'openid email',
    state: 'st',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  }).toString();
export const authorize = (more: Readonly<Record<string, string>> = {}, headers = {}) =>
  fetch(`${base}/oauth2/authorize?${authorization(more)}`, { redirect: 'manual', headers });
export const form = (path: string, fields: Readonly<Record<string, string>>, headers = {}) =>
  fetch(`${base}${path}`, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual', headers });
export const cookieOf = (response: Response) => (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
export const location = (response: Response) => new URL(response.headers.get('location') ?? '', base);

/** Fills in the form as a browser does. */
export async function submit(password: string, username = EMAIL) {
  const page = await fetch(location(await authorize()));
  const csrf = /name="_csrf" value="([^"]+)"/.exec(await page.text())?.[1] ?? '';
  return form(`/login?${authorization()}`, { username, password, _csrf: csrf }, { cookie: cookieOf(page) });
}

/** The cookie of a browser that has signed in. */
export const signedIn = async () => ({ cookie: cookieOf(await submit(room.initialPassword(EMAIL) ?? '')) });

export interface Tokens {
  readonly access_token: string;
  readonly id_token: string;
  readonly refresh_token: string;
}
export const code = async () =>
  location(await submit(room.initialPassword(EMAIL) ?? '')).searchParams.get('code') ?? '';
export const redeem = (given: string, more: Readonly<Record<string, string>> = {}) =>
  form('/oauth2/token', {
    grant_type: 'authorization_code',
    client_id: client,
    redirect_uri: CALLBACK,
    code: given,
    code_verifier: verifier,
    ...more,
  });
export const tokens = async () => (await (await redeem(await code())).json()) as Tokens;
export const refresh = (refresh_token: string) =>
  form('/oauth2/token', { grant_type: 'refresh_token', client_id: client, refresh_token });
