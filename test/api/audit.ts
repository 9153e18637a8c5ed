import { describe, expect, it } from '@jest/globals';
import { client } from '../journeys/fixture.ts';
import { target } from './followed.ts';
import { newMember, ownerId } from './people.ts';

describe('the audit log', () => {
  it('says who changed what and by which request, newest first', async () => {
    const { items } = await client('audit.list', { params: target, query: { limit: '100' } });
    expect(items.map(({ at }) => at)).toEqual(
      items
        .map(({ at }) => at)
        .sort()
        .reverse(),
    );
    const created = items.find(({ event, target: id }) => event === 'project.created' && id === target.projectId);
    expect(created).toMatchObject({ actor: ownerId, requestId: expect.stringMatching(/\S+/) });
    expect(items.find(({ actor }) => actor === 'deploy')).toMatchObject({ requestId: null });
    expect(items.at(-1)?.event).toMatch(/^(team\.created|member\.joined)$/);
  });

  it('has no gap and no duplicate between pages, even if a filter leaves out most entries', async () => {
    const all = (await client('audit.list', { params: target, query: { limit: '100' } })).items;
    for (const filter of [{}, { event: 'environment.created' as const }, { actor: 'deploy' }]) {
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const query = { ...filter, limit: '2', ...(cursor !== undefined && { cursor }) };
        const page = await client('audit.list', { params: target, query });
        found.push(...page.items.map(({ id }) => id));
        cursor = page.next ?? undefined;
      } while (cursor !== undefined && found.length < 100);
      const wanted = all.filter(
        ({ event, actor }) =>
          (!('event' in filter) || event === filter.event) && (!('actor' in filter) || actor === filter.actor),
      );
      expect(found.slice(0, wanted.length)).toEqual(wanted.map(({ id }) => id));
    }
  });

  it('can be filtered by target and time', async () => {
    const all = (await client('audit.list', { params: target, query: { limit: '100' } })).items;
    const middle = all[Math.floor(all.length / 2)]?.at ?? '';
    // Entries that are still to come sort after all of these.
    const to = all[0]?.at;
    const ids = async (query: object) =>
      (await client('audit.list', { params: target, query: { limit: '100', to, ...query } })).items.map(({ id }) => id);
    expect(await ids({ from: middle })).toEqual(all.filter(({ at }) => at >= middle).map(({ id }) => id));
    expect(await ids({ to: middle })).toEqual(all.filter(({ at }) => at <= middle).map(({ id }) => id));
    const about = all.filter((entry) => entry.target === target.serviceId).map(({ id }) => id);
    expect(await ids({ target: target.serviceId })).toEqual(about);
    expect(about.length).toBeGreaterThan(0);
    expect(await ids({ from: '2030-01-01T00:00:00Z', to: '2030-01-02T00:00:00Z' })).toEqual([]);
  });

  it('is readable for admins only, and refuses a cursor of another list', async () => {
    const viewer = await newMember('vera@example.com', { role: 'viewer' });
    await expect(viewer.client('audit.list', { params: target })).rejects.toMatchObject({ kind: 'Forbidden' });
    await expect(client('audit.list', { params: target, query: { cursor: 'bm8' } })).rejects.toMatchObject({
      kind: 'Invalid',
      fields: [expect.objectContaining({ field: 'query.cursor' })],
    });
  });
});
