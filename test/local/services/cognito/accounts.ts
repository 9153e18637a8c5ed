import { readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import {
  AdminCreateUserCommand,
  AdminGetUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import { describe, expect, it } from '@jest/globals';
import { at, authorization, base, declareOwner, EMAIL, form, location, pool, room, submit } from './fixture.ts';

describe('the first owner', () => {
  it('keeps one password across starts, which only the operator can read and the store holds as a hash', async () => {
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

describe('an invited person', () => {
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

  it("chooses a password at the first sign-in, by the pool's policy, and uses it from then on", async () => {
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

  it('gets another temporary password at a second invitation, unless they have signed in', async () => {
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

describe('an administrator', () => {
  it("creates users and sets passwords by the pool's policy, with permission", async () => {
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

describe('the sign-in pages', () => {
  it('do not answer for a foreign Host', async () => {
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
