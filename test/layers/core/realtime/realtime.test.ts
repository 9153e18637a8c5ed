import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { newId, toKubernetesName } from '@gantry/contract/ids.ts';
import type { ServerFrame } from '@gantry/contract/schemas/realtime.ts';
import { topics } from '@gantry/contract/topics.ts';
import { newTraceId } from '@gantry/contract/trace.ts';
import { newSettings } from '@gantry/core/projects/settings.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../../../until.ts';
import { type Database, startDatabase } from '../database.ts';

/** API Gateway's `@connections`: what each connection was sent, and which ones are closed. */
const sent = new Map<string, ServerFrame[]>();
const closed = new Set<string>();
/** Connections that the gateway takes nothing for until then. */
const slow = new Map<string, Promise<void>>();
let atOnce = 0;
let mostAtOnce = 0;
let gateway: Server;
let database: Database;

async function modules() {
  const [
    tickets,
    connections,
    subscriptions,
    messages,
    pushing,
    ingesting,
    deployments,
    identity,
    projects,
    leaving,
    once,
  ] = await Promise.all([
    import('@gantry/core/realtime/tickets.ts'),
    import('@gantry/core/realtime/connections.ts'),
    import('@gantry/core/realtime/subscriptions.ts'),
    import('@gantry/core/realtime/messages.ts'),
    import('@gantry/core/realtime/push.ts'),
    import('@gantry/core/logs/ingest.ts'),
    import('@gantry/core/records/deployments.ts'),
    import('@gantry/core/records/identity.ts'),
    import('@gantry/core/records/projects.ts'),
    import('@gantry/core/realtime/leaving.ts'),
    import('@gantry/core/kernel/outbox/once.ts'),
  ]);
  return {
    ...tickets,
    ...connections,
    ...subscriptions,
    ...messages,
    ...pushing,
    ...ingesting,
    ...deployments,
    ...identity,
    ...projects,
    ...leaving,
    ...once,
  };
}
let gantry: Awaited<ReturnType<typeof modules>>;

const issuedAt = Math.floor(Date.now() / 1000);
const caller = { userId: newId('user'), email: 'ada@example.com', subject: 'subject-1', issuedAt };
const ids = {
  teamId: newId('team'),
  projectId: newId('project'),
  serviceId: newId('service'),
  environmentId: newId('environment'),
};
const deploymentId = newId('deployment');
const foreign = { teamId: newId('team'), deploymentId: newId('deployment') };

beforeAll(async () => {
  gateway = createServer((request, response) => {
    const id = decodeURIComponent(request.url?.split('/').at(-1) ?? '');
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      if (request.method === 'DELETE') {
        closed.add(id);
        response.writeHead(204).end();
        return;
      }
      atOnce += 1;
      mostAtOnce = Math.max(mostAtOnce, atOnce);
      // Whoever sends gives up after a while, and its place is free.
      await Promise.race([slow.get(id), new Promise((resolve) => response.once('close', resolve))]);
      atOnce -= 1;
      if (response.destroyed) return;
      if (closed.has(id)) {
        response.writeHead(410, { 'x-amzn-errortype': 'GoneException' }).end('{}');
        return;
      }
      const frame = JSON.parse(Buffer.concat(chunks).toString()) as ServerFrame;
      sent.set(id, [...(sent.get(id) ?? []), frame]);
      response.end();
    });
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  database = await startDatabase('live-test');
  Object.assign(process.env, {
    TABLE_NAME: 'live-test',
    AWS_REGION: 'xx-local-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL: database.endpoint,
    REALTIME_ENDPOINT: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/live`,
    REALTIME_URL: 'wss://realtime.example/live',
    BUILD_LOG_GROUP: '/gantry/test/builds',
    APP_LOG_GROUP: '/gantry/test/apps',
  });
  gantry = await modules();
  const createdAt = new Date().toISOString();
  const { userId, email, subject } = caller;
  await gantry.UserEntity.put({ subject, id: userId, email, createdAt, teams: 1 }).go();
  for (const teamId of [ids.teamId]) {
    await gantry.MembershipEntity.put({
      teamId,
      ...caller,
      role: 'viewer',
      projectRoles: {},
      createdAt,
      version: 1,
    }).go();
  }
  const record = {
    ...ids,
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
  await gantry.DeploymentEntity.put({ ...record, teamId: foreign.teamId, id: foreign.deploymentId, version: 1 }).go();
  const { teamId, projectId, serviceId, environmentId } = ids;
  const common = { teamId, createdAt, version: 1 };
  const project = { ...common, id: projectId, slug: 'shop', name: 'Shop', environments: 1, services: 1 };
  await gantry.ProjectEntity.put(project).go();
  const environment = { ...common, projectId, id: environmentId, slug: 'production', name: 'production' };
  await gantry.EnvironmentEntity.put(environment).go();
  const service = { ...newSettings({ slug: 'web' }), id: serviceId, slug: 'web', kind: 'web' as const };
  await gantry.ServiceEntity.put({ ...common, projectId, ...service }).go();
});

afterAll(async () => {
  database.stop();
  await new Promise((resolve) => gateway.close(resolve));
});

beforeEach(() => {
  sent.clear();
  closed.clear();
  slow.clear();
});

let count = 0;

async function open(): Promise<string> {
  const { url } = await gantry.createTicket(caller);
  const id = `connection-${count++}`;
  await gantry.connect(id, new URL(url).searchParams.get('ticket') ?? undefined);
  return id;
}

const say = (id: string, frame: unknown) => gantry.receive(id, JSON.stringify(frame));
const follow = (id: string, topic: string, teamId = ids.teamId) =>
  say(id, { type: 'subscribe', teamId, projectId: ids.projectId, topic });

function advanced(version: number) {
  return {
    id: newId('event'),
    name: 'deployment.advanced' as const,
    schemaVersion: 1,
    teamId: ids.teamId,
    aggregate: { id: deploymentId, version },
    actor: 'deploy',
    at: new Date().toISOString(),
    data: { status: 'building' },
  };
}

describe('a ticket', () => {
  it('opens one connection, once', async () => {
    const { url, expiresAt } = await gantry.createTicket(caller);
    expect(url).toMatch(/^wss:\/\/realtime\.example\/live\?ticket=[\w-]{43}$/);
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now());
    const ticket = new URL(url).searchParams.get('ticket') ?? '';
    await gantry.connect('first', ticket);
    await expect(gantry.connect('second', ticket)).rejects.toMatchObject({ kind: 'Unauthenticated' });
  });

  it('is refused where it is missing or was never given out', async () => {
    await expect(gantry.connect('x', undefined)).rejects.toMatchObject({ kind: 'Unauthenticated' });
    await expect(gantry.connect('x', 'made-up')).rejects.toMatchObject({ kind: 'Unauthenticated' });
  });

  it('is refused once it has expired, though the table still holds it', async () => {
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

  it('ends tickets and connections that were there, at once and for good, and none of a later sign-in', async () => {
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

describe('a connection', () => {
  it('is told the progress of the deployment that it follows, until it no longer does', async () => {
    const id = await open();
    const topic = topics.deployment(deploymentId);
    await follow(id, topic);
    await gantry.push(advanced(2));
    await say(id, { type: 'unsubscribe', topic });
    await gantry.push(advanced(3));
    expect(sent.get(id)).toEqual([
      { type: 'subscribed', topic },
      expect.objectContaining({
        type: 'event',
        topic,
        name: 'deployment.advanced',
        aggregate: { id: deploymentId, version: 2 },
      }),
      { type: 'unsubscribed', topic },
    ]);
  });

  it('gets each event once, however often it subscribed', async () => {
    const id = await open();
    await follow(id, topics.deployment(deploymentId));
    await follow(id, topics.deployment(deploymentId));
    await gantry.push(advanced(4));
    expect(sent.get(id)?.filter(({ type }) => type === 'event')).toHaveLength(1);
  });

  it('cannot follow what its user cannot see, nor tell whether it is there', async () => {
    const id = await open();
    const topic = topics.deployment(foreign.deploymentId);
    await follow(id, topic);
    await follow(id, topic, foreign.teamId);
    await follow(id, topics.buildLogs(newId('deployment')));
    await follow(id, topics.appLogs(newId('service'), ids.environmentId));
    expect(sent.get(id)?.map((frame) => (frame.type === 'error' ? frame.kind : frame.type))).toEqual([
      'NotFound',
      'NotFound',
      'NotFound',
      'NotFound',
    ]);
  });

  it('gets an event on every topic of its subject that it follows', async () => {
    const id = await open();
    const { teamId, projectId, serviceId } = ids;
    const followed = [
      topics.team(teamId),
      topics.project(projectId),
      topics.service(serviceId),
      topics.deployment(deploymentId),
    ];
    for (const topic of followed) await follow(id, topic);
    const event = advanced(5);
    await gantry.push({ ...event, data: { ...ids, id: deploymentId, status: 'building' } });
    const frames = sent.get(id)?.flatMap((frame) => (frame.type === 'event' ? [frame] : [])) ?? [];
    expect(frames.map(({ topic }) => topic).sort()).toEqual([...followed].sort());
    expect(new Set(frames.map((frame) => frame.id))).toEqual(new Set([event.id]));
  });

  it('follows the output of an app before its first deployment', async () => {
    const id = await open();
    const topic = topics.appLogs(ids.serviceId, ids.environmentId);
    await follow(id, topic);
    await say(id, { type: 'subscribe', teamId: ids.teamId, topic });
    expect(sent.get(id)).toEqual([
      { type: 'subscribed', topic },
      { type: 'error', kind: 'Invalid', topic, detail: expect.stringContaining('projectId') },
    ]);
    await gantry.disconnect(id);
  });

  it('cannot follow another team, nor its projects and services by naming its own team', async () => {
    const id = await open();
    await follow(id, topics.team(foreign.teamId));
    await follow(id, topics.team(foreign.teamId), foreign.teamId);
    await follow(id, topics.project(newId('project')));
    await follow(id, topics.service(newId('service')));
    expect(sent.get(id)?.map((frame) => (frame.type === 'error' ? frame.kind : frame.type))).toEqual(
      Array.from({ length: 4 }, () => 'NotFound'),
    );
  });

  it('follows nothing of a team any more once its user has left it, and goes on with other teams', async () => {
    const id = await open();
    const other = newId('team');
    const createdAt = new Date().toISOString();
    const membership = { ...caller, role: 'viewer' as const, projectRoles: {}, createdAt, version: 1 };
    await gantry.MembershipEntity.put({ ...membership, teamId: other }).go();
    await follow(id, topics.team(other), other);
    await follow(id, topics.team(ids.teamId));
    await gantry.MembershipEntity.delete({ teamId: other, userId: caller.userId }).go();
    await gantry.endSubscriptions({ userId: caller.userId, teamId: other });
    await gantry.push({ ...advanced(6), teamId: other, aggregate: { id: other, version: 6 } });
    await gantry.push({ ...advanced(6), aggregate: { id: ids.teamId, version: 6 } });
    await follow(id, topics.team(other), other);
    expect(sent.get(id)?.slice(2)).toEqual([
      { type: 'unsubscribed', topic: topics.team(other) },
      expect.objectContaining({ type: 'event', topic: topics.team(ids.teamId) }),
      expect.objectContaining({ type: 'error', kind: 'NotFound' }),
    ]);
    await gantry.endSubscriptions({ userId: caller.userId, teamId: other });
    await gantry.disconnect(id);
  });

  it('answers a ping, and says what is wrong with a frame that it does not know', async () => {
    const id = await open();
    await say(id, { type: 'ping' });
    await gantry.receive(id, 'hello');
    await say(id, { type: 'subscribe', teamId: ids.teamId, topic: 'logs:everything' });
    expect(sent.get(id)?.map(({ type }) => type)).toEqual(['pong', 'error', 'error']);
  });

  it('follows at most 50 topics', async () => {
    const id = await open();
    const { ConnectionEntity } = await import('@gantry/core/records/realtime.ts');
    const held = Array.from({ length: 50 }, (_, at) => `topic-${at}`);
    await ConnectionEntity.patch({ id }).add({ topics: held }).go();
    await follow(id, topics.deployment(deploymentId));
    expect(sent.get(id)?.[0]).toMatchObject({ type: 'error', kind: 'QuotaExceeded' });
    await ConnectionEntity.patch({ id })
      .delete({ topics: ['topic-0'] })
      .go();
    await follow(id, topics.deployment(deploymentId));
    await follow(id, topics.deployment(deploymentId));
    expect(
      sent
        .get(id)
        ?.slice(1)
        .map(({ type }) => type),
    ).toEqual(['subscribed', 'subscribed']);
  });

  it('that is gone is forgotten, and the others still get their frames', async () => {
    const { ConnectionEntity, SubscriptionEntity } = await import('@gantry/core/records/realtime.ts');
    const [gone, here] = [await open(), await open()];
    const topic = topics.buildLogs(deploymentId);
    await follow(gone, topic);
    await follow(here, topic);
    closed.add(gone);
    await gantry.sendLogs(topic, [{ id: '1', at: 1, text: 'compiled', source: 'build', release: null, level: null }]);
    expect(sent.get(here)?.at(-1)).toMatchObject({ type: 'logs', lines: [{ text: 'compiled' }] });
    expect((await ConnectionEntity.get({ id: gone }).go()).data).toBeNull();
    const { data } = await SubscriptionEntity.query.primary({ topic }).go();
    expect(data.map(({ connectionId }) => connectionId)).toEqual([here]);
  });

  it('that is slow or gone holds up none of hundreds of others, with a bounded number of sends at a time', async () => {
    const { SubscriptionEntity } = await import('@gantry/core/records/realtime.ts');
    const topic = topics.buildLogs(newId('deployment'));
    const others = Array.from({ length: 300 }, (_, at) => `crowd-${at}`);
    const record = { topic, userId: caller.userId, teamId: ids.teamId, ttl: Math.ceil(Date.now() / 1000) + 600 };
    await SubscriptionEntity.put(others.map((connectionId) => ({ ...record, connectionId }))).go();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    for (const id of others.slice(0, 5)) slow.set(id, released);
    for (const id of others.slice(5, 10)) closed.add(id);
    mostAtOnce = 0;
    const lines = ['one', 'two'].map((text, at) => {
      const message = `${text} ${'x'.repeat(20_000)}`;
      return { id: String(at), at, text: message, source: 'build', release: null, level: null };
    });
    const sending = gantry.sendLogs(topic, lines);
    // It is awaited below, also where it fails before.
    sending.catch(() => undefined);
    const served = others.slice(10);
    // A frame whose answer came late is sent again, and clients drop what they know: each line counts once.
    const idsOf = (id: string) => [
      ...new Set(
        sent.get(id)?.flatMap((frame) => (frame.type === 'logs' ? frame.lines.map((line) => line.id) : [])) ?? [],
      ),
    ];
    const whole = () => served.every((id) => idsOf(id).length === 2);
    await until('both lines at each of the others', whole);
    expect(others.slice(0, 10).filter((id) => sent.has(id))).toEqual([]);
    release();
    // On a slow machine a slow connection may have used up its time: Lambda delivers again what failed.
    await sending.catch(() => gantry.sendLogs(topic, lines));
    expect(mostAtOnce).toBeLessThanOrEqual(50);
    for (const id of served) expect(idsOf(id)).toEqual(['0', '1']);
    for (const id of slow.keys()) expect(idsOf(id)).toEqual(expect.arrayContaining(['0', '1']));
  });

  it('leaves nothing behind when it closes', async () => {
    const { FollowEntity, SubscriptionEntity } = await import('@gantry/core/records/realtime.ts');
    const id = await open();
    await follow(id, topics.appLogs(ids.serviceId, ids.environmentId));
    await gantry.disconnect(id);
    await gantry.disconnect(id);
    const topic = topics.appLogs(ids.serviceId, ids.environmentId);
    expect((await SubscriptionEntity.query.primary({ topic }).go()).data).toEqual([]);
    const { data } = await FollowEntity.query.primary({ userId: caller.userId, teamId: ids.teamId }).go();
    expect(data.filter(({ connectionId }) => connectionId === id)).toEqual([]);
  });
});

describe('lines that CloudWatch Logs delivers', () => {
  function delivery(logGroup: string, logStream: string, messages: string[], messageType = 'DATA_MESSAGE') {
    const logEvents = messages.map((message, at) => ({ id: `id-${at}`, timestamp: at, message }));
    return gzipSync(JSON.stringify({ messageType, owner: '1', logGroup, logStream, logEvents })).toString('base64');
  }

  it('reach whoever follows the app that printed them', async () => {
    const id = await open();
    const topic = topics.appLogs(ids.serviceId, ids.environmentId);
    await follow(id, topic);
    const stream = `${toKubernetesName(ids.environmentId)}/pod-1/${toKubernetesName(ids.serviceId)}`;
    await gantry.ingest(delivery('/gantry/test/apps', stream, ['one\n', 'two']));
    expect(sent.get(id)?.at(-1)).toEqual({
      type: 'logs',
      topic,
      lines: [
        { id: 'id-0', at: 0, text: 'one', source: 'pod-1', release: null, level: null },
        { id: 'id-1', at: 1, text: 'two', source: 'pod-1', release: null, level: null },
      ],
    });
    await gantry.disconnect(id);
  });

  it('are dropped where they are nobody’s, and where they are only CloudWatch’s check of the destination', async () => {
    const id = await open();
    await follow(id, topics.buildLogs(deploymentId));
    await gantry.ingest(delivery('/gantry/test/builds', 'stranger', ['one']));
    await gantry.ingest(delivery('/other', `${deploymentId}/1`, ['one']));
    await gantry.ingest(delivery('/gantry/test/builds', `${deploymentId}/1`, ['one'], 'CONTROL_MESSAGE'));
    expect(sent.get(id)).toHaveLength(1);
  });

  it('of a build are what it printed, and not what CodeBuild notes between', async () => {
    const id = await open();
    const topic = topics.buildLogs(deploymentId);
    await follow(id, topic);
    const messages = ['[Container] 2026/11/26 12:00:00.000001 Running command node main.mjs\n', 'one\n'];
    await gantry.ingest(delivery('/gantry/test/builds', `${deploymentId}/1`, messages));
    expect(sent.get(id)?.at(-1)).toMatchObject({ topic, lines: [{ text: 'one' }] });
  });
});

describe('a consumer whose effect must not be repeated', () => {
  it('applies an event once, however often and however concurrently it comes', async () => {
    const event = { id: newId('event') };
    const key = { pk: `count#${event.id}`, sk: 'count' };
    const effect = {
      item: {
        Update: {
          TableName: 'live-test',
          Key: key,
          UpdateExpression: 'ADD applied :one',
          ExpressionAttributeValues: { ':one': 1 },
        },
      },
    };
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, () => gantry.applyOnce('realtime-push', event, [effect])),
    );
    expect(outcomes.filter((outcome) => outcome === 'applied')).toHaveLength(1);
    const { documents } = await import('@gantry/core/kernel/table.ts');
    const { GetCommand } = await import('@aws-sdk/lib-dynamodb');
    const { Item } = await documents.send(new GetCommand({ TableName: 'live-test', Key: key, ConsistentRead: true }));
    expect(Item).toMatchObject({ applied: 1 });
    expect(await gantry.applyOnce('realtime-leave', event, [effect])).toBe('applied');
  });
});
