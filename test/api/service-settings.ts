import { join } from 'node:path';
import { archiveOf } from '@gantry/local/example/archive.ts';
import { upload } from '@gantry/local/example/deploy.ts';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { client } from '../journeys/fixture.ts';
import { newProject, send, teamId } from './project-calls.ts';

const fixtures = join(import.meta.dirname, '../fixtures/apps');

describe('the settings of a service', () => {
  let params: { teamId: string; projectId: string };
  beforeAll(async () => {
    params = { teamId, projectId: (await newProject('settings')).id };
  });

  it('come back as given, and a change keeps the fields that it does not name', async () => {
    const source = { kind: 'git' as const, url: 'https://git.example.com/acme/shop.git', branch: 'release/1.x' };
    const made = await client('services.create', {
      params,
      body: {
        slug: 'nightly',
        kind: 'cron',
        schedule: '*/15 2-4 * * MON',
        timezone: 'Europe/Berlin',
        source,
        build: { buildCommand: 'npm run all' },
        runtime: { startCommand: 'node nightly.js' },
        scaling: { minReplicas: 2, size: 'medium' },
      },
    });
    expect(made).toMatchObject({
      status: 'active',
      name: 'nightly',
      kind: 'cron',
      schedule: '*/15 2-4 * * 1',
      timezone: 'Europe/Berlin',
      source,
      build: { installCommand: null, buildCommand: 'npm run all' },
      runtime: { startCommand: 'node nightly.js', port: null },
      scaling: { minReplicas: 2, maxReplicas: 2, size: 'medium' },
    });
    const body = { runtime: { startCommand: null, port: 3000 }, scaling: { maxReplicas: 5 } };
    const changed = await client('services.update', { params: { ...params, serviceId: made.id }, body });
    const expected = {
      ...made,
      runtime: { startCommand: null, port: 3000 },
      scaling: { minReplicas: 2, maxReplicas: 5, size: 'medium' },
      version: 2,
    };
    expect(changed).toEqual(expected);
    const reset = { params: { ...params, serviceId: made.id }, body: { schedule: null } };
    expect(await client('services.update', reset)).toEqual({ ...expected, schedule: null, timezone: null, version: 3 });
  });

  it.each([
    ['a time zone without a schedule', { kind: 'cron', timezone: 'UTC' }, 'body.timezone'],
    ['an unknown time zone', { kind: 'cron', schedule: '@daily', timezone: 'Mars/Olympus' }, 'body.timezone'],
    ['a time zone of a web service', { timezone: 'UTC' }, 'body.timezone'],
    ['a schedule of a web service', { schedule: '0 0 1 1 *' }, 'body.schedule'],
    ['a schedule that is never due', { kind: 'cron', schedule: '61 0 1 1 *' }, 'body.schedule'],
    [
      'a minimum of replicas above the maximum',
      { scaling: { minReplicas: 3, maxReplicas: 2 } },
      'body.scaling.maxReplicas',
    ],
    [
      'a repository without an owner',
      { source: { kind: 'github', repository: 'shop', branch: 'main', watchPaths: [] } },
      'body.source.repository',
    ],
    [
      'a password in an address',
      { source: { kind: 'git', url: 'https://me:secret@example.com/a.git', branch: 'main' } },
      'body.source.url',
    ],
    ['a folder outside the source', { rootFolder: '../other' }, 'body.rootFolder'],
    ['an unknown kind of source', { source: { kind: 'svn' } }, 'body.source.kind'],
  ])('are refused for %s, naming the field', async (_, settings, field) => {
    const { status, body } = await send('POST', `${params.projectId}/services`, { slug: 'wrong', ...settings });
    expect({ status, fields: body.fields }).toMatchObject({ status: 400, fields: [{ field }] });
  });

  it.each([
    [
      'a repository',
      { source: { kind: 'git' as const, url: 'https://git.example.com/acme/shop.git', branch: 'main' } },
    ],
    ['an image', { source: { kind: 'image' as const, reference: 'ghcr.io/acme/shop:1.4' } }],
  ])('make the API refuse an upload when the service comes from %s', async (_, settings) => {
    const slug = `later-${settings.source.kind}`;
    const { id: serviceId } = await client('services.create', { params, body: { slug, ...settings } });
    const { items } = await client('environments.list', { params });
    const target = { ...params, serviceId, environmentId: items[0]?.id ?? '' };
    const refused = upload(client, target, await archiveOf(join(fixtures, 'static-site')));
    await expect(refused).rejects.toMatchObject({ kind: 'Invalid', fields: [{ field: 'body.uploadId' }] });
  });
});
