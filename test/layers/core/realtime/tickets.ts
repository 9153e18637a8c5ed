import { topics } from '@gantry/contract/topics.ts';
import { afterAll, describe, expect, it } from '@jest/globals';
import { caller, closed, follow, gantry, ids, issuedAt, open, sent } from './fixture.ts';

describe('a ticket', () => {
  it('opens one connection', async () => {
    const { url, expiresAt } = await gantry.createTicket(caller);
    expect(url).toMatch(/^wss:\/\/realtime\.example\/live\?ticket=[\w-]{43}$/);
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now());
    const ticket = new URL(url).searchParams.get('ticket') ?? '';
    await gantry.connect('first', ticket);
    await expect(gantry.connect('second', ticket)).rejects.toMatchObject({ kind: 'Unauthenticated' });
  });

  it('is refused when missing or unknown', async () => {
    await expect(gantry.connect('x', undefined)).rejects.toMatchObject({ kind: 'Unauthenticated' });
    await expect(gantry.connect('x', 'made-up')).rejects.toMatchObject({ kind: 'Unauthenticated' });
  });

  it('is refused after its expiry, though the table still holds it', async () => {
    const { createHash } = await import('node:crypto');
    const { TicketEntity } = await import('@gantry/core/records/realtime.ts');
    const hash = createHash('sha256').update('late').digest('hex');
    const expiresAt = new Date(Date.now() - 1).toISOString();
    await TicketEntity.put({ hash, ...caller, expiresAt, ttl: 1 }).go();
    await expect(gantry.connect('x', 'late')).rejects.toMatchObject({ kind: 'Unauthenticated' });
  });
});

describe('signing out everywhere', () => {
  const signOut = (signedOutAt: string) =>
    gantry.UserEntity.patch({ subject: caller.subject }).set({ signedOutAt }).go();
  const end = (signedOutAt: string) => gantry.endConnections({ userId: caller.userId, signedOutAt });
  const later = { ...caller, issuedAt: issuedAt + 2 };
  const now = new Date(issuedAt * 1000).toISOString();

  afterAll(() => gantry.UserEntity.patch({ subject: caller.subject }).remove(['signedOutAt']).go());

  it('ends older tickets and connections at once and permanently, and none of a later sign-in', async () => {
    const open1 = await open();
    const { url } = await gantry.createTicket(caller);
    const unused = new URL(url).searchParams.get('ticket') ?? '';
    await signOut(now);
    await expect(gantry.connect('x', unused)).rejects.toMatchObject({ kind: 'Unauthenticated' });
    await follow(open1, topics.team(ids.teamId));
    expect(sent.get(open1)).toEqual([expect.objectContaining({ type: 'error', kind: 'Unauthenticated' })]);

    const ticket = new URL((await gantry.createTicket(later)).url).searchParams.get('ticket') ?? '';
    await gantry.connect('later', ticket);
    await end(now);
    await end(now);
    expect([closed.has(open1), closed.has('later')]).toEqual([true, false]);
    await follow('later', topics.team(ids.teamId));
    expect(sent.get('later')).toEqual([{ type: 'subscribed', topic: topics.team(ids.teamId) }]);
    await gantry.disconnect('later');
  });
});
