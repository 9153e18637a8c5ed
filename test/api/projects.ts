import type { GantryError } from '@gantry/contract/errors.ts';
import { quotas } from '@gantry/contract/quotas.ts';
import type { Service } from '@gantry/contract/schemas/services.ts';
import { describe, expect, it } from '@jest/globals';
import { client } from '../journeys/fixture.ts';
import { patience } from '../patience.ts';
import { until } from '../until.ts';
import { gone, newProject, outcome, send, teamId } from './project-calls.ts';

const tally = (outcomes: readonly string[]) =>
  Object.fromEntries([...Map.groupBy(outcomes, (kind) => kind)].map(([kind, all]) => [kind, all.length]));

describe('a name', () => {
  it('goes to one of two projects that are created with it at once', async () => {
    const twice = await Promise.all([newProject('twin'), newProject('twin')].map(outcome));
    expect(twice.sort()).toEqual(['Conflict', 'done']);
    const { id: projectId } = await newProject('twins');
    const params = { teamId, projectId };
    const services = [1, 2].map(() => outcome(client('services.create', { params, body: { slug: 'web' } })));
    expect((await Promise.all(services)).sort()).toEqual(['Conflict', 'done']);
    const environments = [1, 2].map(() => outcome(client('environments.create', { params, body: { slug: 'test' } })));
    expect((await Promise.all(environments)).sort()).toEqual(['Conflict', 'done']);
  });
});

describe('a change', () => {
  it('to an outdated version is refused with 412, and loses nothing', async () => {
    const { id } = await newProject('shared');
    const both = await Promise.all([
      send('PATCH', id, { name: 'One' }, { 'if-match': '"1"' }),
      send('PATCH', id, { name: 'Two' }, { 'if-match': '"1"' }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
    const winner = both.find(({ status }) => status === 200)?.body;
    const now = await client('projects.get', { params: { teamId, projectId: id } });
    expect(now).toEqual(winner);
    expect(now.version).toBe(2);
  });

  it('without If-Match applies to the current version', async () => {
    const { id } = await newProject('unshared');
    const changes = Array.from({ length: 4 }, (_, index) => send('PATCH', id, { name: `Name ${index}` }));
    expect((await Promise.all(changes)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await client('projects.get', { params: { teamId, projectId: id } })).version).toBe(5);
  });

  it('with a malformed If-Match is refused, naming the header', async () => {
    const { id } = await newProject('unversioned');
    const { status, body } = await send('PATCH', id, { name: 'X' }, { 'if-match': 'newest' });
    expect({ status, fields: body.fields }).toMatchObject({ status: 400, fields: [{ field: 'header.if-match' }] });
  });
});

describe('a quota', () => {
  it('holds against parallel creations, names its limit, and is free again after a deletion', async () => {
    const { id: projectId } = await newProject('full');
    const params = { teamId, projectId };
    const create = (slug: string) => client('environments.create', { params, body: { slug } });
    const attempts = Array.from({ length: quotas.environmentsPerProject + 3 }, (_, index) => create(`e-${index}`));
    expect(tally(await Promise.all(attempts.map(outcome)))).toEqual({
      done: quotas.environmentsPerProject - 1,
      QuotaExceeded: 4,
    });
    await expect(create('more')).rejects.toThrow(`${quotas.environmentsPerProject} environments`);
    const { items } = await client('environments.list', { params });
    const environmentId = items.find(({ slug }) => slug !== 'production')?.id ?? '';
    await client('environments.delete', { params: { ...params, environmentId } });
    await until(
      'the end of the environment',
      gone(() => client('environments.get', { params: { ...params, environmentId } })),
    );
    expect(await outcome(create('more'))).toBe('done');
  });
});

describe('a list', () => {
  it('continues from a cursor whose row was deleted meanwhile', async () => {
    const params = { teamId, projectId: (await newProject('paged')).id };
    const made: Service[] = [];
    for (const slug of ['a', 'b', 'c', 'd']) made.push(await client('services.create', { params, body: { slug } }));
    const first = await client('services.list', { params, query: { limit: '2' } });
    const last = first.items.at(-1)?.id ?? '';
    await client('services.delete', { params: { ...params, serviceId: last } });
    await until(
      'the end of the service',
      gone(() => client('services.get', { params: { ...params, serviceId: last } })),
    );
    const second = await client('services.list', { params, query: { limit: '2', cursor: first.next ?? '' } });
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(made.map(({ id }) => id));
  });
});

describe('A42: the name of a service that is being deleted', () => {
  it(
    'is refused with a text that says when it will be free, and is free seconds after the deletion',
    async () => {
      const params = { teamId, projectId: (await newProject('renamed')).id };
      const { id } = await client('services.create', { params, body: { slug: 'web' } });
      const create = () => client('services.create', { params, body: { slug: 'web' } });
      const refusal = async () =>
        create().then(
          () => undefined,
          (error: unknown) => error as GantryError,
        );
      expect((await refusal())?.message).toBe('There is already a service called web here. Choose another name.');
      await client('services.delete', { params: { ...params, serviceId: id } });
      // The deletion takes some steps of a machine; this request comes before their end.
      expect(await refusal()).toMatchObject({
        kind: 'Conflict',
        message: 'web is being deleted: try again in a moment.',
        retryAfterSeconds: 15,
      });
      await until(
        'the end of the service',
        gone(() => client('services.get', { params: { ...params, serviceId: id } })),
      );
      expect((await create()).slug).toBe('web');
    },
    patience(60_000),
  );
});
