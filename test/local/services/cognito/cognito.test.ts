import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  AdminCreateUserCommand,
  AdminGetUserCommand,
  AdminSetUserPasswordCommand,
  AdminUserGlobalSignOutCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { type CognitoRoom, createCognito } from '../../../../local/services/cognito/cognito.ts';
import { type Family, hash, judge, rotate } from '../../../../local/services/cognito/families.ts';
import { createKeys } from '../../../../local/services/cognito/keys.ts';
import { createThrottle } from '../../../../local/services/cognito/throttle.ts';
import { type Bench, bench } from '../../support.ts';
import { declare } from '../states/ports.ts';

const CALLBACK = 'http://127.0.0.1:47100/callback';
const EMAIL = 'owner@example.com';

let at: Bench;
let room: CognitoRoom;
let pool = '';
let client = '';
let base = '';

const declareClient = (more: object = {}) =>
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
const declareOwner = () =>
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
const authorization = (more: Readonly<Record<string, string>> = {}) =>
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
const authorize = (more: Readonly<Record<string, string>> = {}, headers = {}) =>
  fetch(`${base}/oauth2/authorize?${authorization(more)}`, { redirect: 'manual', headers });
const form = (path: string, fields: Readonly<Record<string, string>>, headers = {}) =>
  fetch(`${base}${path}`, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual', headers });
const cookieOf = (response: Response) => (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
const location = (response: Response) => new URL(response.headers.get('location') ?? '', base);

/** Fills in the form as a browser does. */
async function submit(password: string, username = EMAIL) {
  const page = await fetch(location(await authorize()));
  const csrf = /name="_csrf" value="([^"]+)"/.exec(await page.text())?.[1] ?? '';
  return form(`/login?${authorization()}`, { username, password, _csrf: csrf }, { cookie: cookieOf(page) });
}

/** The cookie of a browser that has signed in. */
const signedIn = async () => ({ cookie: cookieOf(await submit(room.initialPassword(EMAIL) ?? '')) });

interface Tokens {
  readonly access_token: string;
  readonly id_token: string;
  readonly refresh_token: string;
}
const code = async () => location(await submit(room.initialPassword(EMAIL) ?? '')).searchParams.get('code') ?? '';
const redeem = (given: string, more: Readonly<Record<string, string>> = {}) =>
  form('/oauth2/token', {
    grant_type: 'authorization_code',
    client_id: client,
    redirect_uri: CALLBACK,
    code: given,
    code_verifier: verifier,
    ...more,
  });
const tokens = async () => (await (await redeem(await code())).json()) as Tokens;
const refresh = (refresh_token: string) =>
  form('/oauth2/token', { grant_type: 'refresh_token', client_id: client, refresh_token });

describe('signing in', () => {
  it('gives tokens that aws-jwt-verify accepts with the keys of the pool', async () => {
    const answer = await tokens();
    const jwks = await (await fetch(`${at.kernel.addresses.aws}/${pool}/.well-known/jwks.json`)).json();
    const access = CognitoJwtVerifier.create({ userPoolId: pool, clientId: client, tokenUse: 'access' });
    access.cacheJwks(jwks as never);
    const claims = await access.verify(answer.access_token);
    expect(claims).toMatchObject({
      token_use: 'access',
      client_id: client,
      scope: 'openid email',
      username: claims.sub,
    });
    expect(claims.exp - claims.iat).toBe(3600);
    const identity = CognitoJwtVerifier.create({ userPoolId: pool, clientId: client, tokenUse: 'id' });
    identity.cacheJwks(jwks as never);
    expect(await identity.verify(answer.id_token)).toMatchObject({
      email: EMAIL,
      email_verified: true,
      sub: claims.sub,
    });
    const info = await fetch(`${base}/oauth2/userInfo`, {
      headers: { authorization: `Bearer ${answer.access_token}` },
    });
    expect(await info.json()).toMatchObject({ email: EMAIL, sub: claims.sub });
  });

  it('returns to the application with its state, and remembers who signed in until they sign out', async () => {
    const done = await submit(room.initialPassword(EMAIL) ?? '');
    expect(location(done).href).toMatch(new RegExp(`^${CALLBACK}\\?code=[^&]+&state=st$`));
    const cookie = cookieOf(done);
    expect(location(await authorize({}, { cookie })).searchParams.get('code')).toBeTruthy();
    const bye = `${base}/logout?client_id=${client}&logout_uri=${encodeURIComponent('http://127.0.0.1:47100/bye')}`;
    expect(location(await fetch(bye, { redirect: 'manual', headers: { cookie } })).href).toBe(
      'http://127.0.0.1:47100/bye',
    );
    expect(location(await authorize({}, { cookie })).pathname).toBe('/sign-in/gantry/login');
  });

  it('shows the same message for a wrong password and an unknown user', async () => {
    const [wrong, unknown] = [await submit('nope'), await submit('nope', 'nobody@example.com')];
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    const alert = async (page: Response) => /role="alert">([^<]*)/.exec(await page.text())?.[1];
    expect(await alert(wrong)).toBe(await alert(unknown));
  });

  it('slows guessing down', async () => {
    for (let attempt = 0; attempt < 5; attempt += 1) await submit('nope');
    expect(await (await submit(room.initialPassword(EMAIL) ?? '')).text()).toContain('Too many failed attempts');
    let now = 0;
    const throttle = createThrottle(() => now);
    const waits = Array.from({ length: 20 }, () => {
      throttle.failed('a');
      now += throttle.wait('a');
      return throttle.wait('b');
    });
    throttle.failed('a');
    expect(throttle.wait('a')).toBe(15 * 60_000);
    expect(new Set(waits)).toEqual(new Set([0]));
  });

  it('counts failures once for an account, whichever of its names was given', async () => {
    const [[, { sub }] = ['', { sub: '' }]] = at.kernel.store.collection<{ sub: string }>('cognito.users').entries();
    for (const name of [EMAIL, sub, EMAIL.toUpperCase(), sub, EMAIL]) await submit('nope', name);
    for (const name of [EMAIL, sub]) expect(await (await submit('nope', name)).text()).toContain('Too many failed');
  });

  it('needs the form that this browser was shown', async () => {
    const password = room.initialPassword(EMAIL) ?? '';
    const forged = await form(`/login?${authorization()}`, { username: EMAIL, password, _csrf: 'x' });
    expect([forged.status, forged.headers.get('location')]).toEqual([401, null]);
  });

  it('has a page that runs no script and cannot be framed', async () => {
    const page = await fetch(location(await authorize()));
    const policy = page.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    // A browser that may send no referrer posts the form with `Origin: null`, which the endpoint refuses.
    expect(page.headers.get('referrer-policy')).toBe('same-origin');
    const hostile = await fetch(`${base}/login?${authorization({ state: '"><script>alert(1)</script>' })}`);
    expect(await hostile.text()).not.toContain('<script>');
  });
});

describe('an authorization request', () => {
  it.each([
    ['of an unknown client', { client_id: 'nobody' }],
    ['with an address that is not registered', { redirect_uri: 'http://127.0.0.1:47199/callback' }],
    ['with an address that only begins like one', { redirect_uri: `${CALLBACK}/more` }],
  ])('%s is answered here and sent nowhere', async (_, more) => {
    const answer = await authorize(more);
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
  });

  it.each([
    ['with an empty challenge', { code_challenge: '' }, 'invalid_request'],
    ['with plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['for another response', { response_type: 'token' }, 'unsupported_response_type'],
    ['for a scope that is not allowed', { scope: 'openid admin' }, 'invalid_scope'],
  ])('%s goes back with an error', async (_, more, error) => {
    const back = location(await authorize(more)).searchParams;
    expect([back.get('error'), back.get('state')]).toEqual([error, 'st']);
  });
});

describe('a code', () => {
  it('is good once, for its verifier, its address and its client', async () => {
    const other = (
      await declare(
        at.kernel,
        room,
        'AWS::Cognito::UserPoolClient',
        {
          UserPoolId: pool,
          AllowedOAuthFlows: ['code'],
          AllowedOAuthFlowsUserPoolClient: true,
          AllowedOAuthScopes: ['openid'],
          CallbackURLs: [CALLBACK],
        },
        'Other',
      )
    ).ref;
    const given = await code();
    expect((await redeem(given)).status).toBe(200);
    const wrong = [
      await redeem(given),
      await redeem(await code(), { code_verifier: 'wrong' }),
      await redeem(await code(), { redirect_uri: 'http://127.0.0.1:47101/callback' }),
      await redeem(await code(), { client_id: other }),
    ];
    for (const answer of wrong) expect([answer.status, await answer.json()]).toEqual([400, { error: 'invalid_grant' }]);
  });
});

describe('a code that is used twice', () => {
  it('ends the tokens that it gave before', async () => {
    const given = await code();
    const first = (await (await redeem(given)).json()) as Tokens;
    const info = () => fetch(`${base}/oauth2/userInfo`, { headers: { authorization: `Bearer ${first.access_token}` } });
    expect((await info()).status).toBe(200);
    expect((await redeem(given)).status).toBe(400);
    expect((await refresh(first.refresh_token)).status).toBe(400);
    expect((await info()).status).toBe(401);
  });
});

describe('a code without a challenge', () => {
  it('is good without a verifier, as with Cognito; one with a challenge never is', async () => {
    const { cookie } = await signedIn();
    const ask = async (more: Readonly<Record<string, string>>) => {
      const query = new URLSearchParams(authorization(more));
      for (const [name, value] of [...query]) if (value === '-') query.delete(name);
      const answer = await fetch(`${base}/oauth2/authorize?${query}`, { redirect: 'manual', headers: { cookie } });
      return location(answer).searchParams.get('code') ?? '';
    };
    const bare = await ask({ code_challenge: '-', code_challenge_method: '-' });
    expect((await redeem(bare, { code_verifier: '' })).status).toBe(200);
    expect((await redeem(await ask({}), { code_verifier: '' })).status).toBe(400);
  });
});

describe('a refresh token', () => {
  const withGrace = () => declareClient({ RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 30 } });
  const next = async ({ refresh_token }: Tokens) => (await (await refresh(refresh_token)).json()) as Tokens;

  it('is replaced at each use; one that was replaced revokes those after it', async () => {
    const first = await tokens();
    const second = await next(first);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect((await refresh(first.refresh_token)).status).toBe(400);
    expect((await refresh(second.refresh_token)).status).toBe(400);
  });

  it('may be repeated within the grace period, and every token that came of it is good', async () => {
    await withGrace();
    const first = await tokens();
    const [second, third] = [await next(first), await next(first)];
    expect((await refresh(second.refresh_token)).status).toBe(200);
    expect((await refresh(third.refresh_token)).status).toBe(200);
    expect((await refresh(first.refresh_token)).status).toBe(200);
  });

  it('revokes those after it where it is used when the grace period is over, though it was repeated meanwhile', () => {
    const day = { poolId: 'p', clientId: 'c', sub: 's', scope: '', authTime: 0, expiresAt: 86_400, replaced: [] };
    const first: Family = { ...day, live: [hash('a')] };
    const second = rotate(rotate(first, 'a', 'b', 100), 'a', 'c', 120);
    expect(['a', 'b', 'c', 'x'].map((token) => judge(second, token, 30, 129))).toEqual([
      ...['good', 'good', 'good', 'unknown'],
    ]);
    expect(['a', 'b', 'c', 'x'].map((token) => judge(second, token, 30, 130))).toEqual([
      ...['stolen', 'good', 'good', 'unknown'],
    ]);
    let many: Family = first;
    for (let at = 0; at < 500; at += 1) many = rotate(many, at === 0 ? 'a' : `t${at - 1}`, `t${at}`, at);
    expect([many.live.length, many.replaced.length]).toEqual([1, 100]);
    for (let at = 0; at < 50; at += 1) many = rotate(many, 't499', `u${at}`, 500);
    expect([many.live.length, many.replaced.length]).toEqual([10, 100]);
  });

  it('that nobody ever had ends nothing, though it names a sign-in', async () => {
    const first = await tokens();
    const [family = ''] = first.refresh_token.split('.');
    expect((await refresh(`${family}.made-up`)).status).toBe(400);
    expect((await refresh(first.refresh_token)).status).toBe(200);
  });

  it('of a data folder of before is still good', async () => {
    const first = await tokens();
    const kept = at.kernel.store.collection<Record<string, unknown>>('cognito.families');
    const [[id, family] = ['', {}]] = kept.entries();
    const { live, replaced, ...rest } = family;
    const former = { ...rest, current: (live as string[])[0], previous: hash('before'), rotatedAt: 1 };
    expect(replaced).toEqual([]);
    kept.put(id, former);
    expect((await refresh(first.refresh_token)).status).toBe(200);
    kept.put(id, former);
    expect((await refresh(`${id}.before`)).status).toBe(400);
  });

  it('ends with its revocation and with a global sign-out', async () => {
    const [one, two] = [await tokens(), await tokens()];
    expect((await form('/oauth2/revoke', { token: one.refresh_token, client_id: client })).status).toBe(200);
    expect((await refresh(one.refresh_token)).status).toBe(400);
    const cognito = new CognitoIdentityProviderClient(at.client());
    await cognito.send(new AdminUserGlobalSignOutCommand({ UserPoolId: pool, Username: EMAIL }));
    expect((await refresh(two.refresh_token)).status).toBe(400);
  });
});

describe('the key that signs tokens', () => {
  const file = () => join(at.kernel.dataDir, 'keys', 'signing.json');
  const secretOf = () => {
    const keys = JSON.parse(readFileSync(file(), 'utf8')) as Record<string, { kid: string; privateJwk: { d: string } }>;
    return keys[pool] ?? { kid: '', privateJwk: { d: '' } };
  };

  /** Whether a file has some part of a secret: SQLite may cut it in two. */
  const holds = (path: string, secret: string) => {
    const bytes = readFileSync(path);
    return Array.from({ length: 8 }, (_, part) => secret.slice(part * 40, part * 40 + 40)).some((each) =>
      bytes.includes(each),
    );
  };
  /** Whether the store has a secret, in what was deleted too. */
  const inStore = (secret: string): boolean => {
    const path = join(at.kernel.dataDir, 'state.db');
    const database = new DatabaseSync(path);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    database.close();
    return [path, `${path}-wal`].some((each) => holds(each, secret));
  };

  it('lies beside the keys of KMS, for its owner alone, and nowhere else', async () => {
    await tokens();
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(statSync(join(file(), '..')).mode & 0o777).toBe(0o700);
    const { d } = secretOf().privateJwk;
    expect(d.length).toBeGreaterThan(300);
    for (const name of readdirSync(at.kernel.dataDir).filter((each) => each.includes('.')))
      expect(holds(join(at.kernel.dataDir, name), d)).toBe(false);
  });

  it('moves there from the store of a data folder of before, whose sign-ins go on', async () => {
    const { access_token } = await tokens();
    const key = secretOf();
    rmSync(file());
    const former = at.kernel.store.collection('cognito.keys');
    former.put(pool, key);
    expect(inStore(key.privateJwk.d)).toBe(true);
    const verified = await createKeys(at.kernel).verify(pool, access_token);
    expect(verified?.token_use).toBe('access');
    expect([secretOf(), former.entries()]).toEqual([key, []]);
    expect(inStore(key.privateJwk.d)).toBe(false);
  });
});

describe('the first owner', () => {
  it('has a password that is kept for its operator alone, the same at the next start, hashed in the store', async () => {
    const password = room.initialPassword(EMAIL) ?? '';
    expect(password.length).toBeGreaterThan(16);
    expect(statSync(join(at.kernel.dataDir, 'owner.json')).mode & 0o777).toBe(0o600);
    await declareOwner();
    expect(room.initialPassword(EMAIL)).toBe(password);
    expect(room.accounts()).toEqual([EMAIL]);
    expect(JSON.stringify(at.kernel.store.collection('cognito.users').entries())).not.toContain(password);
    expect(readFileSync(join(at.kernel.dataDir, 'owner.json'), 'utf8')).toContain(password);
  });
});

describe('somebody who is invited', () => {
  const guest = 'guest@example.com';

  async function invited(MessageAction?: 'RESEND'): Promise<string> {
    const cognito = new CognitoIdentityProviderClient(at.client());
    const message = MessageAction === undefined ? {} : { MessageAction };
    await cognito.send(new AdminCreateUserCommand({ UserPoolId: pool, Username: guest, ...message }));
    return room.initialPassword(guest) ?? '';
  }

  async function choose(page: string, password: string, cookie: string) {
    const hidden = (name: string) => new RegExp(`name="${name}" value="([^"]+)"`).exec(page)?.[1] ?? '';
    const fields = { _csrf: hidden('_csrf'), challenge: hidden('challenge'), new_password: password };
    return form(`/login?${authorization()}`, fields, { cookie });
  }

  it('chooses a password at the first sign-in, by the policy of the pool, and signs in with it from then on', async () => {
    const temporary = await invited();
    const asked = await submit(temporary, guest);
    expect([asked.status, asked.headers.get('location')]).toEqual([200, null]);
    const page = await asked.text();
    const csrf = /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const cookie = `XSRF-TOKEN-${new URL(base).port}=${csrf}`;
    const weak = await choose(page, 'weak', cookie);
    expect(await weak.text()).toContain('Password not long enough');
    const done = await choose(page, 'Str0ng-enough', cookie);
    expect(location(done).searchParams.get('code')).toBeTruthy();
    expect((await choose(page, 'An0ther-enough', cookie)).headers.get('location')).toBeNull();
    expect(room.initialPassword(guest)).toBeUndefined();
    expect((await submit(temporary, guest)).status).toBe(401);
    expect(location(await submit('Str0ng-enough', guest)).searchParams.get('code')).toBeTruthy();
  });

  it('gets another temporary password when they are invited again, unless they have signed in', async () => {
    const first = await invited();
    const second = await invited('RESEND');
    expect(second).not.toBe(first);
    expect((await submit(first, guest)).status).toBe(401);
    const cognito = new CognitoIdentityProviderClient(at.client());
    const Password = 'Str0ng-enough';
    await cognito.send(
      new AdminSetUserPasswordCommand({ UserPoolId: pool, Username: guest, Password, Permanent: true }),
    );
    await expect(invited('RESEND')).rejects.toMatchObject({ name: 'UnsupportedUserStateException' });
    expect((await submit(Password, guest)).status).toBe(302);
  });
});

describe('administration', () => {
  it('makes users and sets passwords by the policy of the pool, with permission', async () => {
    const arn = `arn:aws:cognito-idp:xx-local-1:000000000000:userpool/${pool}`;
    const actions = ['AdminCreateUser', 'AdminSetUserPassword'].map((action) => `cognito-idp:${action}`);
    const cognito = new CognitoIdentityProviderClient(
      at.client(at.role('admin', [{ Effect: 'Allow', Action: actions, Resource: arn }])),
    );
    const user = { UserPoolId: pool, Username: 'new@example.com' };
    await cognito.send(new AdminCreateUserCommand({ ...user, MessageAction: 'SUPPRESS' }));
    for (const nameless of [
      { ...user, Username: 'bob' },
      { ...user, Username: 'bob@example.com', UserAttributes: [{ Name: 'email', Value: 'bob' }] },
    ])
      await expect(cognito.send(new AdminCreateUserCommand(nameless))).rejects.toMatchObject({
        name: 'InvalidParameterException',
      });
    await expect(cognito.send(new AdminCreateUserCommand(user))).rejects.toMatchObject({
      name: 'UsernameExistsException',
    });
    const weak = new AdminSetUserPasswordCommand({ ...user, Password: 'weak', Permanent: true });
    await expect(cognito.send(weak)).rejects.toMatchObject({ name: 'InvalidPasswordException' });
    await cognito.send(new AdminSetUserPasswordCommand({ ...user, Password: 'Str0ng-enough', Permanent: true }));
    expect((await submit('Str0ng-enough', 'NEW@example.com')).status).toBe(302);
    await expect(cognito.send(new AdminGetUserCommand(user))).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const found = await new CognitoIdentityProviderClient(at.client()).send(new AdminGetUserCommand(user));
    expect(found).toMatchObject({ UserStatus: 'CONFIRMED', Enabled: true });
  });
});

describe('the pages', () => {
  it('do not answer to a foreign Host', async () => {
    const { port } = new URL(base);
    const status = await new Promise((resolve, reject) => {
      const headers = { host: 'evil.example' };
      request({ host: '127.0.0.1', port, path: '/sign-in/gantry/login', headers }, (answer) =>
        resolve(answer.statusCode),
      )
        .on('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });
});
