import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beginSignIn, finishSignIn } from '@gantry/client/sign-in.ts';
import { redirectUrls } from '@gantry/contract/redirect-urls.ts';
import type { SignIn } from '@gantry/contract/schemas/identity.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../../..');
const [redirectUrl = ''] = redirectUrls;

describe('a sign-in', () => {
  let server: Server;
  let signIn: SignIn;
  const received: URLSearchParams[] = [];

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      received.push(new URLSearchParams(body));
      response.end(JSON.stringify({ access_token: 'a', refresh_token: 'r', expires_in: 3600 }));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    signIn = {
      authorizeUrl: `${base}/oauth2/authorize`,
      tokenUrl: `${base}/oauth2/token`,
      revokeUrl: `${base}/oauth2/revoke`,
      clientId: 'client',
      scopes: ['openid'],
      redirectUrls: [...redirectUrls],
      dashboard: { clientId: 'page', redirectUrl: `${base}/signed-in`, logoutUrl: `${base}/logout` },
    };
  });
  afterAll(() => void server.close());
  beforeEach(() => void received.splice(0));

  it('carries a new S256 challenge and a new state each time, and not the secret behind them', async () => {
    const [one, two] = [await beginSignIn(signIn, redirectUrl), await beginSignIn(signIn, redirectUrl)];
    const given = new URL(one.url).searchParams;
    expect(given.get('code_challenge_method')).toBe('S256');
    expect(given.get('code_challenge')).toBe(createHash('sha256').update(one.verifier).digest('base64url'));
    expect(one.verifier).toMatch(/^[\w-]{43}$/);
    expect(one.state).toMatch(/^[\w-]{43}$/);
    expect(one.url).not.toContain(one.verifier);
    expect([one.verifier, one.state]).not.toContain(two.verifier);
    expect(one.state).not.toBe(two.state);
  });

  it('ends with the verifier, and only for an answer with its own state', async () => {
    const pending = await beginSignIn(signIn, redirectUrl);
    for (const state of ['', 'another', `${pending.state}x`, pending.state.slice(1)]) {
      const back = new URL(`${redirectUrl}?${new URLSearchParams({ code: 'stolen', state })}`);
      await expect(finishSignIn(signIn, pending, back)).rejects.toMatchObject({ kind: 'Unauthenticated' });
    }
    expect(received).toEqual([]);
    await finishSignIn(signIn, pending, new URL(`${redirectUrl}?code=ours&state=${pending.state}`));
    expect(received.map((each) => Object.fromEntries(each))).toEqual([
      {
        client_id: 'client',
        grant_type: 'authorization_code',
        code: 'ours',
        redirect_uri: redirectUrl,
        code_verifier: pending.verifier,
      },
    ]);
  });

  it('returns to loopback only', () => {
    for (const url of redirectUrls) expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
  });

  it('begins in one function: no other code makes the address of the sign-in', () => {
    const sources = ['layers', 'functions', 'cli', 'infra', 'local'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.tsx?$/.test(file) && !/(node_modules|dist)\//.test(file))
        .map((file) => join(folder, file)),
    );
    const users = sources.filter((file) =>
      /signIn\.authorizeUrl|code_challenge['":]/.test(readFileSync(join(root, file), 'utf8')),
    );
    // GitHub's own authorisation has a challenge too; the last one is Cognito's stand-in.
    expect(users.sort()).toEqual([
      'layers/client/sign-in.ts',
      'layers/cloud/github/authorisation.ts',
      'local/services/cognito/login/authorization.ts',
    ]);
  });
});
