import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient, GetCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import type { Client } from '@gantry/client/client.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { releaseIdOf, toKubernetesName } from '@gantry/contract/ids.ts';
import { quotas } from '@gantry/contract/quotas.ts';
import type { Service } from '@gantry/contract/schemas/services.ts';
import { archiveOf } from '@gantry/local/example/archive.ts';
import { follow, type Target, upload } from '@gantry/local/example/deploy.ts';
import { signInAs } from '@gantry/local/example/session.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  freePort,
  newDataDir,
  newService,
  type Platform,
  removeData,
  startPlatform,
  visit,
} from '../journeys/platform.ts';
import { patience } from '../patience.ts';
import { until } from '../until.ts';

const fixtures = join(import.meta.dirname, '../fixtures/apps');

let platform: Platform;
let client: Client;
let teamId: string;
let token: string;
let port: number;
const dataDir = newDataDir();

async function start(): Promise<void> {
  platform = await startPlatform({ dataDir, port });
  const { api, owner } = platform.endpoints;
  ({ accessToken: token } = await signInAs(api, owner.email, owner.password));
  client = await platform.client();
}

beforeAll(async () => {
  port = await freePort();
  await start();
  const { teams } = await client('session.get', {});
  teamId = teams[0]?.team.id ?? '';
}, 90_000);

afterAll(async () => {
  await platform?.stop();
  removeData(dataDir);
}, 30_000);

/** How a call ended: `done`, or the kind of its error. */
async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'done';
  } catch (error) {
    return error instanceof GantryError ? error.kind : String(error);
  }
}

const tally = (outcomes: readonly string[]) =>
  Object.fromEntries([...Map.groupBy(outcomes, (kind) => kind)].map(([kind, all]) => [kind, all.length]));

const gone = (call: () => Promise<unknown>) => async () => ((await outcome(call())) === 'NotFound' ? true : undefined);

async function send(method: string, path: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${platform.endpoints.api}/v1/teams/${teamId}/projects/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const newProject = (slug: string) => client('projects.create', { params: { teamId }, body: { slug } });

async function namespaceExists(environmentId: string): Promise<boolean> {
  const [, bearer = ''] = /"token": "([^"]+)"/.exec(readFileSync(join(dataDir, 'kubeconfig'), 'utf8')) ?? [];
  const { kubernetes } = platform.endpoints;
  const response = await fetch(`${kubernetes}/api/v1/namespaces/${toKubernetesName(environmentId)}`, {
    headers: { authorization: `Bearer ${bearer}` },
  });
  if (response.status !== 200 && response.status !== 404) throw new Error(`the cluster answered ${response.status}`);
  return response.status === 200;
}

async function deployStaticApp(target: Target): Promise<string> {
  const { id } = await upload(client, target, await archiveOf(join(fixtures, 'static-site')));
  const { status, url } = await follow(client, target, id, undefined, patience(60_000));
  expect(status).toBe('live');
  return url ?? '';
}

/** What the table still holds of the ids in the team's partition and among the host names: entity names. */
async function leftovers(host: string, ...ids: readonly string[]): Promise<string[]> {
  const { aws, region, credentials, outputs } = platform.endpoints;
  const database = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint: aws, region, credentials }));
  const TableName = outputs['gantry-local-data']?.['TableName'];
  const { Item } = await database.send(new GetCommand({ TableName, Key: { pk: `host#${host}`, sk: 'host' } }));
  const pages = paginateQuery(
    { client: database },
    {
      TableName,
      KeyConditionExpression: 'pk = :team',
      ExpressionAttributeValues: { ':team': `team#${teamId}` },
    },
  );
  const items: Record<string, unknown>[] = Item ? [Item] : [];
  for await (const { Items = [] } of pages) items.push(...Items);
  return items
    .filter((item) => ids.some((id) => JSON.stringify(item).includes(id)))
    .map((item) => String(item.__edb_e__));
}

/** The steps that the deletion of a project has entered so far. */
async function stepsOf(projectId: string, version: number): Promise<string[]> {
  const { aws, region, credentials, outputs } = platform.endpoints;
  const machine = outputs['gantry-local-workflows']?.['DeleteMachine'] ?? '';
  const executionArn = `${machine.replace(':stateMachine:', ':execution:')}:${projectId}-${version}`;
  const states = new SFNClient({ endpoint: aws, region, credentials });
  const { events = [] } = await states.send(new GetExecutionHistoryCommand({ executionArn }));
  return events.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []);
}

describe('names', () => {
  it('are taken once where two create the same at the same time', async () => {
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
  it('to another version than the one that was read is refused with 412, and nothing is lost', async () => {
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

  it('without a version is applied to what is there', async () => {
    const { id } = await newProject('unshared');
    const changes = Array.from({ length: 4 }, (_, index) => send('PATCH', id, { name: `Name ${index}` }));
    expect((await Promise.all(changes)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await client('projects.get', { params: { teamId, projectId: id } })).version).toBe(5);
  });

  it('to a version that is none names the header', async () => {
    const { id } = await newProject('unversioned');
    const { status, body } = await send('PATCH', id, { name: 'X' }, { 'if-match': 'newest' });
    expect({ status, fields: body.fields }).toMatchObject({ status: 400, fields: [{ field: 'header.if-match' }] });
  });
});

describe('the settings of a service', () => {
  let params: { teamId: string; projectId: string };
  beforeAll(async () => {
    params = { teamId, projectId: (await newProject('settings')).id };
  });

  it('come back as they were given, and a change keeps what it does not name', async () => {
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
    expect(changed).toEqual({
      ...made,
      runtime: { startCommand: null, port: 3000 },
      scaling: { minReplicas: 2, maxReplicas: 5, size: 'medium' },
      version: 2,
    });
  });

  it.each([
    ['a cron service without a schedule', { kind: 'cron' }, 'body.schedule'],
    ['a time zone that nobody knows', { kind: 'cron', schedule: '@daily', timezone: 'Mars/Olympus' }, 'body.timezone'],
    ['a time zone of a web service', { timezone: 'UTC' }, 'body.timezone'],
    ['a schedule of a web service', { schedule: '0 0 1 1 *' }, 'body.schedule'],
    ['a schedule that never comes', { kind: 'cron', schedule: '61 0 1 1 *' }, 'body.schedule'],
    [
      'more replicas at least than at most',
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
  ])('say that an upload is not taken where the service comes from %s', async (_, settings) => {
    const slug = `later-${settings.source.kind}`;
    const { id: serviceId } = await client('services.create', { params, body: { slug, ...settings } });
    const { items } = await client('environments.list', { params });
    const target = { ...params, serviceId, environmentId: items[0]?.id ?? '' };
    const refused = upload(client, target, await archiveOf(join(fixtures, 'static-site')));
    await expect(refused).rejects.toMatchObject({ kind: 'Invalid', fields: [{ field: 'body.uploadId' }] });
  });
});

describe('a quota', () => {
  it('holds against creations at the same time, says its limit, and gives a place back with a deletion', async () => {
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
  it('goes on from a cursor whose row is deleted meanwhile', async () => {
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

describe('A42: a name of what is being deleted', () => {
  it(
    'is refused with a word about when, and is free within seconds after the end',
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
      // Its deletion takes some steps of a machine: this comes before their end.
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

describe('a deletion', () => {
  it('of production, or of a project with live services, is confirmed by name and takes all that hangs on it', async () => {
    const target = await newService(client, 'doomed', { timeoutSeconds: 20 });
    const { projectId, serviceId, environmentId } = target;
    const params = { teamId, projectId };
    for (const query of [{}, { environmentId }, { environmentId, serviceId }]) {
      const body = { set: { A: { value: '1', scope: 'run' as const } } };
      await client('variables.stage', { params, query, body });
      await client('variables.apply', { params, query });
      await client('variables.stage', { params, query, body });
    }
    const url = await deployStaticApp(target);
    expect((await visit(url)).status).toBe(200);
    const { items } = await client('deployments.list', { params: target, query: {} });
    const releases = items.map(({ id }) => releaseIdOf(id));

    expect(await outcome(client('projects.delete', { params }))).toBe('Conflict');
    expect(await outcome(client('projects.delete', { params, query: { confirm: 'other' } }))).toBe('Conflict');
    expect(await outcome(client('environments.delete', { params: { ...params, environmentId } }))).toBe('Conflict');
    expect((await visit(url)).status).toBe(200);

    const { status, version } = await client('projects.delete', { params, query: { confirm: 'doomed' } });
    expect({ status, version }).toEqual({ status: 'deleting', version: 2 });
    const below = await Promise.all(
      [
        client('services.create', { params, body: { slug: 'more' } }),
        client('environments.create', { params, body: { slug: 'more' } }),
        client('deployments.rollback', { params: target, body: {} }),
      ].map(outcome),
    );
    for (const kind of below) expect(['Conflict', 'NotFound']).toContain(kind);

    await until(
      'the end of the project',
      gone(() => client('projects.get', { params })),
    );
    expect((await visit(url)).status).toBe(404);
    expect(await namespaceExists(environmentId)).toBe(false);
    expect(await leftovers(new URL(url).hostname, projectId, serviceId, environmentId, ...releases)).toEqual([]);

    const again = await newService(client, 'doomed', { timeoutSeconds: 20 });
    expect(await deployStaticApp(again)).toBe(url);
  }, 60_000);

  it('of one service leaves the others of its environment serving', async () => {
    const target = await newService(client, 'pair', { timeoutSeconds: 20 });
    const params = { teamId, projectId: target.projectId };
    const other = await client('services.create', { params, body: { slug: 'other', runtime: { port: 9000 } } });
    const [url, kept] = await Promise.all([
      deployStaticApp(target),
      deployStaticApp({ ...target, serviceId: other.id }),
    ]);
    const { serviceId } = target;
    expect((await client('services.delete', { params: { ...params, serviceId } })).status).toBe('deleting');
    await until(
      'the end of the service',
      gone(() => client('services.get', { params: { ...params, serviceId } })),
    );
    expect((await visit(url)).status).toBe(404);
    expect((await visit(kept)).status).toBe(200);
    expect(await namespaceExists(target.environmentId)).toBe(true);
  }, 60_000);

  it('cancels a deployment in flight', async () => {
    const target = await newService(client, 'hasty', { timeoutSeconds: 60 });
    const { id } = await upload(client, target, await archiveOf(join(fixtures, 'node-never-listens')));
    const params = { ...target, deploymentId: id };
    await until('the build', async () => {
      const { steps } = await client('deployments.get', { params });
      return steps.some(({ name }) => name === 'verify') || undefined;
    });
    await client('projects.delete', { params: target, query: { confirm: 'hasty' } });
    const end = await follow(client, target, id, undefined, patience(20_000));
    expect(end).toMatchObject({ status: 'cancelled', reason: { detail: 'What it deploys is being deleted.' } });
    await until('the end of the namespace', async () =>
      (await namespaceExists(target.environmentId)) ? undefined : true,
    );
    expect((await client('projects.get', { params: target })).status).toBe('deleting');
  }, 60_000);

  it('that is killed midway ends after the next start', async () => {
    const target = await newService(client, 'killed', { timeoutSeconds: 20 });
    await deployStaticApp(target);
    const params = { teamId, projectId: target.projectId };
    const { version } = await client('projects.delete', { params, query: { confirm: 'killed' } });
    await until('the second step', async () => {
      const steps = await stepsOf(target.projectId, version).catch((): string[] => []);
      return steps.includes('RemoveWorkloads') || undefined;
    });
    await platform.kill();
    await start();
    await until(
      'the end of the project',
      gone(() => client('projects.get', { params })),
    );
    expect(await namespaceExists(target.environmentId)).toBe(false);
    expect(await outcome(newProject('killed'))).toBe('done');
  }, 90_000);
});
