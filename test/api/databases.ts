import { newId } from '@gantry/contract/ids.ts';
import { quotas } from '@gantry/contract/quotas.ts';
import type { NewDatabase } from '@gantry/contract/schemas/databases.ts';
import { describe, expect, it } from '@jest/globals';
import { client } from '../journeys/fixture.ts';
import { until } from '../until.ts';
import { newProject, teamId } from './project-calls.ts';

async function production(slug: string) {
  const { id: projectId } = await newProject(slug);
  const { items } = await client('environments.list', { params: { teamId, projectId } });
  return { teamId, projectId, environmentId: items[0]?.id ?? '' };
}

describe('a database that cannot be', () => {
  it.each([
    ['of a size that there is not', { size: 'huge' }, /micro.*small.*medium.*large/],
    ['of an unknown engine', { engine: 'oracle' }, /postgres.*mysql.*redis.*mongodb/],
    ['of an engine that does not exist yet', { engine: 'mysql' }, /^MySQL cannot be created yet\. .+/],
    ['of a version that its engine does not have', { engineVersion: '12' }, /PostgreSQL .*18, 17/],
  ])('%s is refused with what there is', async (_, wrong, says) => {
    const params = await production(`refused-${newId('event').slice(-8).toLowerCase()}`);
    const body = { slug: 'data', engine: 'postgres', ...wrong } as NewDatabase;
    await expect(client('databases.create', { params, body })).rejects.toThrow(says);
    expect((await client('databases.list', { params })).items).toEqual([]);
  });

  it('restored is refused if its backup no longer exists, and says so', async () => {
    const params = await production('unrestored');
    const body = { slug: 'data', from: { kind: 'backup' as const, backupId: newId('backup') } };
    await expect(client('databases.restore', { params, body })).rejects.toMatchObject({
      kind: 'NotFound',
      message: expect.stringContaining('backup'),
    });
    expect((await client('databases.list', { params })).items).toEqual([]);
  });

  it(`is one more than ${quotas.databasesPerProject} of a project, failed ones included; a deletion makes room`, async () => {
    const params = await production('crowded');
    const list = async () => (await client('databases.list', { params, query: { limit: '100' } })).items;
    // This machine does not have that version: no server is started.
    const create = (slug: string) =>
      client('databases.create', { params, body: { slug, engine: 'postgres', engineVersion: '17' } });
    for (let n = 0; n < quotas.databasesPerProject; n += 1) await create(`d-${n}`);
    await expect(create('more')).rejects.toMatchObject({
      kind: 'QuotaExceeded',
      message: expect.stringContaining(`at most ${quotas.databasesPerProject} databases in a project`),
    });
    const failed = await until('a failure', async () => (await list()).find(({ status }) => status === 'failed'));
    await client('databases.delete', { params: { ...params, databaseId: failed.id }, query: { confirm: failed.slug } });
    await until('its end', async () => (await list()).every(({ id }) => id !== failed.id));
    expect(await create('more')).toMatchObject({ status: 'creating' });
  }, 120_000);
});
