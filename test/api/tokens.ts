import type { Client } from '@gantry/client/client.ts';
import { openLive } from '@gantry/client/live.ts';
import { within } from '@gantry/client/socket.ts';
import { TokenEntity } from '@gantry/core/records/identity.ts';
import { describe, expect, it } from '@jest/globals';
import { client as owner } from '../journeys/fixture.ts';
import { patience } from '../patience.ts';
import { until } from '../until.ts';
import { bearer, blog, expire, invite, newMember, outcome, ownerId, shop, signIn, teamId } from './people.ts';

describe('an API token', () => {
  it('may do what its scope covers, and never gives anybody access to a team', async () => {
    const token = async (scope: 'read' | 'deploy' | 'all', projectId?: string) => {
      const body = { name: scope, scope, ...(projectId !== undefined && { projectId }) };
      return bearer((await owner('tokens.create', { params: { teamId }, body })).secret);
    };
    const [read, all, onShop] = [await token('read'), await token('all'), await token('all', shop)];
    const create = (client: Client, projectId: string, slug: string) =>
      outcome(client('environments.create', { params: { teamId, projectId }, body: { slug } }));
    expect(await outcome(read('projects.get', { params: { teamId, projectId: shop } }))).toBe('done');
    expect(await create(read, shop, 'read')).toBe('Forbidden');
    expect(await create(all, blog, 'all')).toBe('done');
    expect(await create(onShop, shop, 'shop')).toBe('done');
    expect(await create(onShop, blog, 'shop')).toBe('NotFound');
    expect((await onShop('projects.list', { params: { teamId } })).items.map(({ id }) => id)).toEqual([shop]);
    expect(await read('session.get', {})).toMatchObject({ user: { id: ownerId }, teams: [{ team: { id: teamId } }] });
    const refused = await Promise.all(
      [
        all('tokens.create', { params: { teamId }, body: { name: 'more', scope: 'all' } }),
        all('members.remove', { params: { teamId, userId: ownerId } }),
        all('teams.update', { params: { teamId }, body: { name: 'Mine' } }),
        invite({ email: 'friend@example.com', role: 'owner' }, all),
        all('tickets.create', {}),
        all('teams.create', { body: { slug: 'more' } }),
      ].map(outcome),
    );
    expect(new Set(refused)).toEqual(new Set(['Forbidden']));
  });

  it('shows its secret once, and stops working once it is revoked or has expired', async () => {
    const created = await owner('tokens.create', { params: { teamId }, body: { name: 'ci', scope: 'read' } });
    const client = bearer(created.secret);
    const read = () => outcome(client('projects.list', { params: { teamId } }));
    expect(await read()).toBe('done');
    const { items } = await owner('tokens.list', { params: { teamId }, query: { limit: '100' } });
    expect(items).toContainEqual(created.token);
    expect(JSON.stringify(items)).not.toContain(created.secret.slice(40));
    expect(await outcome(bearer(`${created.secret}x`)('projects.list', { params: { teamId } }))).toBe(
      'Unauthenticated',
    );
    await owner('tokens.revoke', { params: { teamId, tokenId: created.token.id } });
    expect(await read()).toBe('Unauthenticated');

    const old = await owner('tokens.create', { params: { teamId }, body: { name: 'old', scope: 'read' } });
    await expire(TokenEntity.get({ id: old.token.id }));
    expect(await outcome(bearer(old.secret)('projects.list', { params: { teamId } }))).toBe('Unauthenticated');
  });

  it("never allows more than its creator's current role", async () => {
    const { client, params } = await newMember('builder@example.com', { role: 'developer' });
    const { secret } = await client('tokens.create', { params: { teamId }, body: { name: 'ci', scope: 'all' } });
    const create = (slug: string) => outcome(bearer(secret)('projects.create', { params: { teamId }, body: { slug } }));
    expect(await create('built')).toBe('done');
    await owner('members.update', { params, body: { role: 'viewer' } });
    expect(await create('built-again')).toBe('Forbidden');
  });
});

describe('a removed member', () => {
  it('is refused on the next call, and a new invitation does not revive old API tokens', async () => {
    const email = 'leaver@example.com';
    const { client, params } = await newMember(email, { role: 'admin' });
    const { secret } = await client('tokens.create', { params: { teamId }, body: { name: 'ci', scope: 'all' } });
    const ci = bearer(secret);
    expect(await outcome(ci('projects.list', { params: { teamId } }))).toBe('done');
    await owner('members.remove', { params });
    expect(await outcome(client('projects.list', { params: { teamId } }))).toBe('NotFound');
    expect(await outcome(ci('projects.list', { params: { teamId } }))).toBe('Unauthenticated');
    expect((await client('session.get', {})).teams).toEqual([]);
    const again = await invite({ email, role: 'viewer' });
    await client('invitations.accept', { params: { teamId, invitationId: again.id } });
    expect(await outcome(client('projects.list', { params: { teamId } }))).toBe('done');
    expect(await outcome(ci('projects.list', { params: { teamId } }))).toBe('Unauthenticated');
  });
});

describe('signing out everywhere', () => {
  it('ends every open session and live connection, and keeps API tokens', async () => {
    const { client } = await newMember('away@example.com', { role: 'viewer' });
    const { secret } = await client('tokens.create', { params: { teamId }, body: { name: 'ci', scope: 'read' } });
    const live = await openLive(client);
    await client('session.end', {});
    await within(patience(15_000), live.closed, 'the live connection did not end');
    expect(await outcome(client('session.get', {}))).toBe('Unauthenticated');
    expect(await outcome(client('projects.list', { params: { teamId } }))).toBe('Unauthenticated');
    expect(await outcome(bearer(secret)('projects.list', { params: { teamId } }))).toBe('done');
    // Tokens have times in whole seconds.
    await until('a session is of a later second', async () => {
      const again = await signIn('away@example.com');
      return (await outcome(again('session.get', {}))) === 'done';
    });
  });
});
