import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@gantry/client/client.ts';
import { TokenEntity } from '@gantry/core/records/identity.ts';
import { passSignInPages, signedInClient } from '@gantry/local/example/session.ts';
import { expect, it } from '@jest/globals';
import { createAccount, PASSWORD, recordsOf } from '../api/world.ts';
import { eventually, type Platform } from '../journeys/platform.ts';
import { type Bed, expectOneLine, golden } from './command.ts';
import { WITHOUT_BUILD } from './variables-journey.ts';

/** A folder that is linked and deployed, on a platform of which the client's user is the owner. */
interface Place {
  readonly bed: Bed;
  readonly platform: Platform;
  readonly client: Client;
  readonly teamId: string;
  readonly folder: string;
  readonly url: string;
  newToken(name: string, scope?: 'all' | 'deploy'): Promise<string>;
}

/** Part of the developer's day: sign-in and rights, on the shared platform. */
export function itIsLetInAndKeptOut(at: () => Place): void {
  it('reads in one line that a token has expired or that a role is too low', async () => {
    const { bed, client, folder, newToken, platform, teamId } = at();
    const { api } = platform.endpoints;
    const env = (value: string) => ({ folder, env: { GANTRY_API: api, GANTRY_TOKEN: value } });
    const [revoked, expired] = [await newToken('revoked'), await newToken('expired')];
    const { items } = await client('tokens.list', { params: { teamId }, query: {} });
    const idOf = (name: string) => items.find((token) => token.name === name)?.id ?? '';
    await client('tokens.revoke', { params: { teamId, tokenId: idOf('revoked') } });
    const expiresAt = new Date(Date.now() - 1_000).toISOString();
    // The shortest life of a token is a day.
    await recordsOf(platform.endpoints).change(TokenEntity.patch({ id: idOf('expired') }).set({ expiresAt }));
    for (const value of [revoked, expired]) {
      const ended = await bed.run(['status'], env(value));
      expect(ended.code).toBe(3);
      expectOneLine(ended, /token/);
    }

    const limited = await bed.run(['service', 'delete', '--yes', 'web'], env(await newToken('ci', 'deploy')));
    expect(limited.code).toBe(4);
    expectOneLine(limited, /This token cannot delete services\. Create one with --scope all\./);
  }, 30_000);

  it('signs in by the browser, and the command ignores an answer without its state', async () => {
    const { bed, folder, platform, url } = at();
    const { api, owner } = platform.endpoints;
    const child = bed.start(['login', '--api', api, '--print', '--json'], {
      env: { XDG_CONFIG_HOME: join(bed.root, 'person') },
    });
    await eventually('the address of the sign-in', () => child.said().includes('code_challenge='));
    const [address = ''] = /http\S+code_challenge=\S+/.exec(child.said()) ?? [];
    const redirect = new URL(address).searchParams.get('redirect_uri') ?? '';
    expect((await fetch(`${redirect}?code=stolen&state=another`)).status).toBe(404);
    await fetch(await passSignInPages(address, redirect, owner.email, owner.password));
    if (child.exitCode === null) await once(child, 'close');
    expect([child.exitCode, child.said()]).toEqual([0, expect.stringContaining('"as": "person"')]);

    const person = (...args: string[]) => bed.run(args, { folder, env: { XDG_CONFIG_HOME: join(bed.root, 'person') } });
    const file = join(bed.root, 'person/gantry/credentials.json');
    const stored = JSON.parse(readFileSync(file, 'utf8'));
    stored.servers[api].expiresAt = 0;
    writeFileSync(file, JSON.stringify(stored));
    // A refresh token works once: of two commands at a time, one renews it and both continue.
    const both = await Promise.all([person('whoami'), person('whoami')]);
    expect(both.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    const rolledBack = await person('rollback');
    expect([rolledBack.code, golden(rolledBack.stderr), rolledBack.stdout.trim()]).toEqual([0, WITHOUT_BUILD, url]);

    const ada = await newcomer('ada@example.com', () => person('team', 'invite', 'ada@example.com', '--json'));
    expect((await person('team', 'role', 'ada@example.com', 'viewer')).stdout).toBe('ada@example.com is viewer.\n');
    for (const args of [['up'], ['variables', 'list']]) {
      const refused = await bed.run(args, { folder, env: { GANTRY_API: api, GANTRY_TOKEN: ada } });
      expect([args, refused.code, refused.stdout]).toEqual([args, 4, '']);
      expectOneLine(refused, /role .*is viewer, which cannot/);
    }

    expect((await person('logout', '--everywhere')).code).toBe(0);
    const out = await person('whoami');
    expect(out.code).toBe(3);
    expectOneLine(out, /not signed in to .* Run `gantry login --api/);
  }, 60_000);

  /** Adds a person by an invitation, and returns an API token of theirs. */
  async function newcomer(email: string, invite: () => Promise<{ stdout: string }>): Promise<string> {
    const { platform, teamId } = at();
    await createAccount(platform.endpoints, email);
    const { stdout } = await invite();
    const theirs = await signedInClient(platform.endpoints.api, email, PASSWORD);
    await theirs('invitations.accept', { params: { teamId, invitationId: JSON.parse(stdout).id } });
    return (await theirs('tokens.create', { params: { teamId }, body: { name: 'laptop', scope: 'all' } })).secret;
  }
}
