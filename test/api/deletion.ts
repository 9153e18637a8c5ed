import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient, GetCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { releaseIdOf, toKubernetesName } from '@gantry/contract/ids.ts';
import { archiveOf } from '@gantry/local/example/archive.ts';
import { follow, type Target, upload } from '@gantry/local/example/deploy.ts';
import { describe, expect, it } from '@jest/globals';
import { client, platform, restart } from '../journeys/fixture.ts';
import { newService, visit } from '../journeys/platform.ts';
import { patience } from '../patience.ts';
import { until } from '../until.ts';
import { gone, newProject, outcome, teamId } from './project-calls.ts';

const fixtures = join(import.meta.dirname, '../fixtures/apps');

async function namespaceExists(environmentId: string): Promise<boolean> {
  const [, bearer = ''] = /"token": "([^"]+)"/.exec(readFileSync(join(platform.dataDir, 'kubeconfig'), 'utf8')) ?? [];
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

/** The names of entities that the table still has for the ids, in the team's partition and among the host names. */
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

/** The steps that a project's deletion has entered so far. */
async function stepsOf(projectId: string, version: number): Promise<string[]> {
  const { aws, region, credentials, outputs } = platform.endpoints;
  const machine = outputs['gantry-local-workflows']?.['DeleteMachine'] ?? '';
  const executionArn = `${machine.replace(':stateMachine:', ':execution:')}:${projectId}-${version}`;
  const states = new SFNClient({ endpoint: aws, region, credentials });
  const { events = [] } = await states.send(new GetExecutionHistoryCommand({ executionArn }));
  return events.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []);
}

describe('a deletion', () => {
  it('of production, or of a project with live services, needs the name as confirmation and deletes everything below', async () => {
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

  it('of one service leaves the other services of its environment live', async () => {
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

  it('cancels a running deployment', async () => {
    const target = await newService(client, 'hasty', { timeoutSeconds: 60 });
    const { id } = await upload(client, target, await archiveOf(join(fixtures, 'node-never-listens')));
    const params = { ...target, deploymentId: id };
    await until('the build runs', async () => {
      const { steps } = await client('deployments.get', { params });
      return steps.some(({ name }) => name === 'verify') || undefined;
    });
    await client('projects.delete', { params: target, query: { confirm: 'hasty' } });
    const end = await follow(client, target, id, undefined, patience(20_000));
    expect(end).toMatchObject({
      status: 'cancelled',
      reason: { detail: 'The service or environment is being deleted.' },
    });
    await until('the namespace is gone', async () =>
      (await namespaceExists(target.environmentId)) ? undefined : true,
    );
    // A step of the deployment may still run, so the deletion waits for its time limit.
    expect((await client('projects.get', { params: target })).status).toBe('deleting');
  }, 60_000);

  it('continues after the next start when the platform is killed midway', async () => {
    const target = await newService(client, 'killed', { timeoutSeconds: 20 });
    await deployStaticApp(target);
    const params = { teamId, projectId: target.projectId };
    const { version } = await client('projects.delete', { params, query: { confirm: 'killed' } });
    await until('the second step runs', async () => {
      const steps = await stepsOf(target.projectId, version).catch((): string[] => []);
      return steps.includes('RemoveWorkloads') || undefined;
    });
    await restart();
    await until(
      'the end of the project',
      gone(() => client('projects.get', { params })),
    );
    expect(await namespaceExists(target.environmentId)).toBe(false);
    expect(await outcome(newProject('killed'))).toBe('done');
  }, 90_000);
});
