import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newId, toKubernetesName } from '@gantry/contract/ids.ts';
import { newTraceId } from '@gantry/contract/trace.ts';
import { newSettings } from '@gantry/core/projects/settings.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Database, startDatabase } from './database.ts';

interface Entry {
  readonly stream: string;
  readonly at: number;
  readonly message: string;
}

interface Filter {
  readonly logGroupName: string;
  readonly logStreamNamePrefix: string;
  readonly startTime?: number;
  readonly nextToken?: string;
  readonly limit: number;
}

/** CloudWatch Logs' FilterLogEvents over what each group holds. A token is the number of events before it. */
let groups: Record<string, Entry[]> = {};
let cloudwatch: Server;
let database: Database;

function filtered({ logGroupName, logStreamNamePrefix, startTime = 0, nextToken = '0', limit }: Filter) {
  const entries = groups[logGroupName];
  if (entries === undefined) return { status: 400, body: { __type: 'ResourceNotFoundException' } };
  if (!/^\d+$/.test(nextToken)) return { status: 400, body: { __type: 'InvalidParameterException' } };
  const start = Number(nextToken);
  const all = entries
    .map((entry, index) => ({ ...entry, eventId: `event-${index}` }))
    .filter(({ stream, at }) => stream.startsWith(logStreamNamePrefix) && at >= startTime);
  const events = all
    .slice(start, start + limit)
    .map(({ stream, at, message, eventId }) => ({ logStreamName: stream, timestamp: at, message, eventId }));
  return { status: 200, body: { events, ...(start + limit < all.length && { nextToken: String(start + limit) }) } };
}

async function modules() {
  const [operations, tail, identity, projects, deployments] = await Promise.all([
    import('@gantry/core/logs/operations.ts'),
    import('@gantry/cloud/logs.ts'),
    import('@gantry/core/identity/store.ts'),
    import('@gantry/core/projects/store.ts'),
    import('@gantry/core/deployments/store.ts'),
  ]);
  return { ...operations, ...tail, ...identity, ...projects, ...deployments };
}
let gantry: Awaited<ReturnType<typeof modules>>;

const caller = { userId: newId('user'), email: 'ada@example.com', subject: 'subject-1' };
const path = {
  teamId: newId('team'),
  projectId: newId('project'),
  serviceId: newId('service'),
  environmentId: newId('environment'),
};
const deploymentId = newId('deployment');
const elsewhere = newId('deployment');
const appStream = (serviceId: string, pod: string) =>
  `${toKubernetesName(path.environmentId)}/${pod}/${toKubernetesName(serviceId)}`;

beforeAll(async () => {
  cloudwatch = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { status, body } = filtered(JSON.parse(Buffer.concat(chunks).toString()) as Filter);
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => cloudwatch.listen(0, '127.0.0.1', resolve));
  database = await startDatabase('logs-test');
  Object.assign(process.env, {
    TABLE_NAME: 'logs-test',
    AWS_REGION: 'xx-local-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL: database.endpoint,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: `http://127.0.0.1:${(cloudwatch.address() as AddressInfo).port}`,
    BUILD_LOG_GROUP: 'builds',
    APP_LOG_GROUP: 'apps',
  });
  gantry = await modules();
  const createdAt = new Date().toISOString();
  const { teamId, projectId, serviceId, environmentId } = path;
  const member = { teamId, ...caller, role: 'viewer' as const, projectRoles: {}, createdAt, version: 1 };
  await gantry.MembershipEntity.put(member).go();
  const common = { teamId, createdAt, version: 1 };
  const project = { ...common, id: projectId, slug: 'web', name: 'Web', environments: 1, services: 1 };
  await gantry.ProjectEntity.put(project).go();
  const environment = { ...common, projectId, id: environmentId, slug: 'production', name: 'production' };
  await gantry.EnvironmentEntity.put(environment).go();
  const settings = newSettings({ slug: 'shop' });
  const service = { ...common, ...settings, projectId, id: serviceId, slug: 'shop', kind: 'web' as const };
  await gantry.ServiceEntity.put(service).go();
  const record = {
    ...path,
    generation: 1,
    run: 1,
    weight: 0,
    bakedSeconds: 0,
    source: { kind: 'upload' as const, uploadId: newId('upload') },
    status: 'queued' as const,
    steps: [],
    traceId: newTraceId(),
    createdBy: caller.userId,
    createdAt,
    queuedAt: createdAt,
  };
  await gantry.DeploymentEntity.put({ ...record, id: deploymentId, version: 1 }).go();
  await gantry.DeploymentEntity.put({ ...record, id: elsewhere, serviceId: newId('service'), version: 1 }).go();
});

afterAll(async () => {
  database.stop();
  cloudwatch.closeAllConnections();
  await new Promise((resolve) => cloudwatch.close(resolve));
});

beforeEach(() => {
  groups = { builds: [], apps: [] };
});

describe('the log of a build', () => {
  const lines = (count: number): Entry[] =>
    Array.from({ length: count }, (_, at) => ({ stream: `${deploymentId}/1`, at, message: `line ${at}\n` }));

  it('comes in pages, oldest first, to the end', async () => {
    groups = { builds: lines(5) };
    const build = { ...path, deploymentId };
    const first = await gantry.buildLogs(caller, build, { limit: '3' });
    const second = await gantry.buildLogs(caller, build, { limit: '3', cursor: first.next ?? '' });
    expect(first.lines.map(({ text }) => text)).toEqual(['line 0', 'line 1', 'line 2']);
    expect(second.lines.map(({ text }) => text)).toEqual(['line 3', 'line 4']);
    expect(second.next).toBeNull();
  });

  it('keeps the start that was asked for over all of its pages', async () => {
    groups = { builds: lines(6) };
    const build = { ...path, deploymentId };
    const first = await gantry.buildLogs(caller, build, { limit: '2', since: new Date(3).toISOString() });
    const second = await gantry.buildLogs(caller, build, { limit: '2', cursor: first.next ?? '' });
    expect([...first.lines, ...second.lines].map(({ at }) => at)).toEqual([3, 4, 5]);
  });

  it('is empty before the first line', async () => {
    groups = {};
    expect(await gantry.buildLogs(caller, { ...path, deploymentId }, {})).toEqual({ lines: [], next: null });
  });

  it('is not there for a stranger, nor under another service’s path', async () => {
    const stranger = { ...caller, userId: newId('user') };
    await expect(gantry.buildLogs(stranger, { ...path, deploymentId }, {})).rejects.toMatchObject({ kind: 'NotFound' });
    await expect(gantry.buildLogs(caller, { ...path, deploymentId: elsewhere }, {})).rejects.toMatchObject({
      kind: 'NotFound',
    });
  });

  it('refuses a cursor that is none, by the name of its field', async () => {
    const { encodeCursor } = await import('@gantry/core/logs/cursor.ts');
    for (const cursor of ['nonsense', encodeCursor({ token: 'expired' })]) {
      await expect(gantry.buildLogs(caller, { ...path, deploymentId }, { cursor })).rejects.toMatchObject({
        kind: 'Invalid',
        fields: [{ field: 'query.cursor' }],
      });
    }
  });

  it('ends with the lines that a failure is explained by', async () => {
    groups = { builds: lines(50) };
    expect(await gantry.tailOfStreams('builds', `${deploymentId}/`, 2)).toEqual(['line 48', 'line 49']);
  });
});

describe('the log of an app', () => {
  it('holds the lines of all its replicas, and of no other service of the environment', async () => {
    const other = appStream(newId('service'), 'pod-9');
    groups = {
      apps: [
        { stream: appStream(path.serviceId, 'pod-1'), at: 1, message: 'one' },
        { stream: other, at: 2, message: 'secret' },
        { stream: appStream(path.serviceId, 'pod-2'), at: 3, message: 'two' },
      ],
    };
    const { lines, next } = await gantry.appLogs(caller, path, {});
    expect(lines.map(({ text, source }) => [text, source])).toEqual([
      ['one', 'pod-1'],
      ['two', 'pod-2'],
    ]);
    expect(next).toBeNull();
  });

  it('passes over pages that hold only other services’ lines', async () => {
    const noise = Array.from({ length: 5 }, (_, at) => ({
      stream: appStream(newId('service'), 'p'),
      at,
      message: 'x',
    }));
    groups = { apps: [...noise, { stream: appStream(path.serviceId, 'pod-1'), at: 9, message: 'mine' }] };
    expect((await gantry.appLogs(caller, path, { limit: '1' })).lines.map(({ text }) => text)).toEqual(['mine']);
  });
});
