import { describe, expect, it } from '@jest/globals';
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { createThrottle } from '../../../../local/services/cognito/throttle.ts';
import {
  at,
  authorization,
  authorize,
  base,
  CALLBACK,
  client,
  cookieOf,
  EMAIL,
  form,
  location,
  pool,
  room,
  submit,
  tokens,
} from './fixture.ts';

describe('signing in', () => {
  it("gives tokens that aws-jwt-verify accepts with the pool's keys", async () => {
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

  it('returns to the application with its state, and stays signed in until a sign-out', async () => {
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

  it('slows down guessing', async () => {
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

  it('counts failures per account, whichever of its names is given', async () => {
    const [[, { sub }] = ['', { sub: '' }]] = at.kernel.store.collection<{ sub: string }>('cognito.users').entries();
    for (const name of [EMAIL, sub, EMAIL.toUpperCase(), sub, EMAIL]) await submit('nope', name);
    for (const name of [EMAIL, sub]) expect(await (await submit('nope', name)).text()).toContain('Too many failed');
  });

  it('needs the form that this browser got', async () => {
    const password = room.initialPassword(EMAIL) ?? '';
    const forged = await form(`/login?${authorization()}`, { username: EMAIL, password, _csrf: 'x' });
    expect([forged.status, forged.headers.get('location')]).toEqual([401, null]);
  });

  it('has pages that run no script and cannot be framed', async () => {
    const page = await fetch(location(await authorize()));
    const policy = page.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    // A browser without a referrer posts the form with `Origin: null`, which the endpoint refuses.
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
  ])('%s gets an error page and no redirect', async (_, more) => {
    const answer = await authorize(more);
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
  });

  it.each([
    ['with an empty challenge', { code_challenge: '' }, 'invalid_request'],
    ['with plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['for another response', { response_type: 'token' }, 'unsupported_response_type'],
    ['for a scope that is not allowed', { scope: 'openid admin' }, 'invalid_scope'],
  ])('%s redirects back with an error', async (_, more, error) => {
    const back = location(await authorize(more)).searchParams;
    expect([back.get('error'), back.get('state')]).toEqual([error, 'st']);
  });
});
