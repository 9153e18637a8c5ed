import {
  AdminUserGlobalSignOutCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import { describe, expect, it } from '@jest/globals';
import { type Family, hash, judge, rotate } from '../../../../local/services/cognito/families.ts';
import { at, client, declareClient, EMAIL, form, pool, refresh, type Tokens, tokens } from './fixture.ts';

describe('a refresh token', () => {
  const withGrace = () => declareClient({ RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 30 } });
  const next = async ({ refresh_token }: Tokens) => (await (await refresh(refresh_token)).json()) as Tokens;

  it('is replaced at each use, and a use of the old one ends its successors', async () => {
    const first = await tokens();
    const second = await next(first);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect((await refresh(first.refresh_token)).status).toBe(400);
    expect((await refresh(second.refresh_token)).status).toBe(400);
  });

  it('may be used again within the grace period, and all of its successors work', async () => {
    await withGrace();
    const first = await tokens();
    const [second, third] = [await next(first), await next(first)];
    expect((await refresh(second.refresh_token)).status).toBe(200);
    expect((await refresh(third.refresh_token)).status).toBe(200);
    expect((await refresh(first.refresh_token)).status).toBe(200);
  });

  it('ends its successors when it is used after the grace period, even if it was repeated within', () => {
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

  it('that never existed ends nothing, though it names a sign-in', async () => {
    const first = await tokens();
    const [family = ''] = first.refresh_token.split('.');
    expect((await refresh(`${family}.made-up`)).status).toBe(400);
    expect((await refresh(first.refresh_token)).status).toBe(200);
  });

  it('of an older data folder still works', async () => {
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

  it('ends when revoked and at a global sign-out', async () => {
    const [one, two] = [await tokens(), await tokens()];
    expect((await form('/oauth2/revoke', { token: one.refresh_token, client_id: client })).status).toBe(200);
    expect((await refresh(one.refresh_token)).status).toBe(400);
    const cognito = new CognitoIdentityProviderClient(at.client());
    await cognito.send(new AdminUserGlobalSignOutCommand({ UserPoolId: pool, Username: EMAIL }));
    expect((await refresh(two.refresh_token)).status).toBe(400);
  });
});
