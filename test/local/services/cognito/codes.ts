import { describe, expect, it } from '@jest/globals';
import { declare } from '../states/ports.ts';
import {
  at,
  authorization,
  base,
  CALLBACK,
  code,
  location,
  pool,
  redeem,
  refresh,
  room,
  signedIn,
  type Tokens,
} from './fixture.ts';

describe('a code', () => {
  it('works once, with its verifier, its address and its client', async () => {
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

describe('a second use of a code', () => {
  it('ends the tokens from its first use', async () => {
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
  it('works without a verifier, as with Cognito, and a code with a challenge does not', async () => {
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
