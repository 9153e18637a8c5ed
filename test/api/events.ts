import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { AdminSetUserPasswordCommand, CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Client } from '@gantry/client/client.ts';
import { type Live, openLive, type TopicFrame } from '@gantry/client/live.ts';
import { createState } from '@gantry/client/state.ts';
import { tail } from '@gantry/client/tail.ts';
import type { GantryError } from '@gantry/contract/errors.ts';
import { newId } from '@gantry/contract/ids.ts';
import type { LogLine } from '@gantry/contract/schemas/logs.ts';
import { topics } from '@gantry/contract/topics.ts';
import { archiveOf } from '@gantry/local/example/archive.ts';
import { follow, upload } from '@gantry/local/example/deploy.ts';
import { signedInClient } from '@gantry/local/example/session.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { depthOf } from '../../infra/ops/queues.ts';
import { client, platform } from '../journeys/fixture.ts';
import { newService, type Platform } from '../journeys/platform.ts';
import { patience } from '../patience.ts';
import { until } from '../until.ts';
import { target } from './followed.ts';

const fixtures = join(import.meta.dirname, '../fixtures/apps');
const root = join(import.meta.dirname, '../..');

let live: Live;
let aws: { endpoint: string; region: string; credentials: Platform['endpoints']['credentials'] };
let sqs: SQSClient;
let table: DynamoDBDocumentClient;
let tableName: string;

beforeAll(async () => {
  const { endpoints } = platform;
  aws = { endpoint: endpoints.aws, region: endpoints.region, credentials: endpoints.credentials };
  sqs = new SQSClient(aws);
  table = DynamoDBDocumentClient.from(new DynamoDBClient(aws));
  tableName = exported('data', 'RefTable');
  live = await openLive(client);
}, 90_000);

afterAll(() => live?.close());

/** The output of a stack whose name has this beginning. */
function exported(stack: string, name: string): string {
  const outputs = Object.entries(platform.endpoints.outputs[`gantry-local-${stack}`] ?? {});
  return outputs.find(([key]) => key.startsWith(`ExportsOutput${name}`))?.[1] ?? '';
}

/** An event on the bus, as the platform would have committed it. */
function eventOf(name: string, aggregate: { id: string; version: number }, data: unknown, id = newId('event')) {
  const { teamId } = target;
  return { id, name, schemaVersion: 1, teamId, aggregate, actor: 'test', at: new Date().toISOString(), data };
}

async function publish(...events: readonly ReturnType<typeof eventOf>[]): Promise<void> {
  const bus = new EventBridgeClient(aws);
  for (const event of events) {
    const entry = { Source: 'gantry', DetailType: event.name, Detail: JSON.stringify(event) };
    await bus.send(new PutEventsCommand({ Entries: [{ EventBusName: 'gantry-local', ...entry }] }));
  }
}

/** Runs `npm run redrive -- …` as an operator does. */
async function redrive(...args: readonly string[]) {
  const { accessKeyId, secretAccessKey, sessionToken } = aws.credentials;
  const env = {
    PATH: process.env.PATH,
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  };
  const child = spawn(process.execPath, ['infra/ops/redrive.ts', ...args], { cwd: root, env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
  await once(child, 'close');
  return { code: child.exitCode, output };
}

async function statement(id: string, verb: 'suspend' | 'resume'): Promise<void> {
  const { aws: endpoint, console } = platform.endpoints;
  const answer = await fetch(`${endpoint}/_local/statements/${encodeURIComponent(id)}/${verb}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${console.token}` },
  });
  expect(answer.status).toBe(200);
}

async function statements(): Promise<string[]> {
  const { aws: endpoint, console } = platform.endpoints;
  const headers = { authorization: `Bearer ${console.token}` };
  return Object.keys((await (await fetch(`${endpoint}/_local/access`, { headers })).json()) as object);
}

const deadLetters = (consumer: string) => depthOf(sqs, `gantry-local-${consumer}-dead-letters`);

/** A person who was invited, has signed in and has accepted. */
async function member(email: string, role: 'viewer' | 'developer'): Promise<{ client: Client; userId: string }> {
  const password = 'Correct-horse-1';
  const { teamId } = target;
  const { id: invitationId } = await client('invitations.create', { params: { teamId }, body: { email, role } });
  const UserPoolId = exported('identity', 'RefUsers0');
  await new CognitoIdentityProviderClient(aws).send(
    new AdminSetUserPasswordCommand({ UserPoolId, Username: email, Password: password, Permanent: true }),
  );
  const theirs = await signedInClient(platform.endpoints.api, email, password);
  const { user } = await theirs('session.get', {});
  await theirs('invitations.accept', { params: { teamId, invitationId } });
  return { client: theirs, userId: user.id };
}

describe('a client that follows a team', () => {
  it('ends in the right state though two writers change things at once and events arrive out of order', async () => {
    const state = createState();
    const frames: TopicFrame[] = [];
    await live.subscribe(target, topics.team(target.teamId), (frame) => {
      frames.push(frame);
      if (frame.type === 'event') state.event(frame);
    });
    const writers = await Promise.all([platform.client(), platform.client()]);
    const { source } = await upload(client, target, await archiveOf(join(fixtures, 'static-site')));
    const uploadId = source.kind === 'upload' ? source.uploadId : '';
    const made = await Promise.all(
      writers.map((writer) => writer('deployments.create', { params: target, body: { uploadId } })),
    );
    const listed = await until('all deployments have ended', async () => {
      const { items } = await client('deployments.list', { params: target, query: {} });
      return items.every(({ status }) => ['live', 'removed', 'superseded'].includes(status)) ? items : undefined;
    });
    expect(listed.length).toBe(made.length + 1);
    for (const deployment of listed) {
      await until(`the last event of ${deployment.id}`, () => {
        const known = state.get(deployment.id);
        return known?.version === deployment.version ? known : undefined;
      });
      expect(state.get(deployment.id)?.data).toEqual(deployment);
    }
    live.unsubscribe(topics.team(target.teamId));
  }, 60_000);

  it('keeps the newest version when events arrive in another order than their ids and versions', async () => {
    const state = createState();
    const topic = topics.project(target.projectId);
    await live.subscribe(target, topic, (frame) => frame.type === 'event' && state.event(frame));
    const id = newId('environment');
    const ids = Array.from({ length: 5 }, () => newId('event')).sort();
    const versions = [3, 5, 1, 4, 2];
    const data = (version: number) => ({ ...target, id, version });
    await publish(
      ...versions.map((version, at) =>
        eventOf('environment.created', { id, version }, data(version), ids[5 - version] ?? ids[at]),
      ),
    );
    const known = await until('the client has the newest version', () =>
      state.get(id)?.version === 5 ? state.get(id) : undefined,
    );
    expect(known.data).toEqual(data(5));
    live.unsubscribe(topic);
  });

  it('reconnects after a lost connection, and gets the events that follow', async () => {
    const own = await openLive(client);
    const topic = topics.service(target.serviceId);
    const [frames, resumed]: [TopicFrame[], number[]] = [[], []];
    await own.subscribe(target, topic, { onFrame: (frame) => frames.push(frame), onResume: () => resumed.push(1) });
    own.reconnect();
    await until('the client has a new connection', () => resumed.length > 0 || undefined);
    const { serviceId } = target;
    const event = eventOf('service.created', { id: serviceId, version: 2 }, { ...target, id: serviceId });
    await publish(event);
    await until(
      'the event',
      () => frames.some((frame) => frame.type === 'event' && frame.id === event.id) || undefined,
    );
    own.close();
    await own.closed;
  });

  it('cannot follow topics of other teams, and cannot connect without a fresh ticket', async () => {
    const refused = async (topic: string) =>
      live.subscribe(target, topic, () => undefined).catch((error) => error.kind);
    expect(await refused(topics.team(newId('team')))).toBe('NotFound');
    expect(await refused(topics.project(newId('project')))).toBe('NotFound');
    expect(await refused(topics.service(newId('service')))).toBe('NotFound');
    const { url } = await client('tickets.create', {});
    const opens = (address: string) =>
      new Promise((resolve) => {
        const socket = new WebSocket(address);
        socket.onopen = () => resolve(true);
        socket.onerror = () => resolve(false);
        socket.addEventListener('open', () => socket.close());
      });
    expect(await opens(url)).toBe(true);
    expect(await opens(url)).toBe(false);
    expect(await opens(`${url}x`)).toBe(false);
  });
});

describe('the output of an app,', () => {
  it('followed from before its first deployment, has no gap and no duplicate across a lost connection', async () => {
    const own = await openLive(client);
    const other = await newService(client, 'talker', { timeoutSeconds: 20 });
    const lines: LogLine[] = [];
    const topic = topics.appLogs(other.serviceId, other.environmentId);
    const read = (query: object) => client('logs.app', { params: other, query: { ...query, limit: '100' } });
    await tail({ live: own, scope: other, topic, read, onLines: (more) => lines.push(...more) });
    expect(lines).toEqual([]);
    const { id } = await upload(client, other, await archiveOf(join(fixtures, 'node-plain')));
    const deployed = follow(client, other, id, undefined, patience(60_000));
    own.reconnect();
    expect((await deployed).status).toBe('live');
    const printed = await until('the app has printed its output', async () => {
      const page = await read({});
      return page.lines.length > 0 ? page.lines : undefined;
    });
    await until(
      'the client has all lines',
      () => printed.every((line) => lines.some((had) => had.id === line.id)) || undefined,
    );
    expect(new Set(lines.map((line) => line.id)).size).toBe(lines.length);
    own.close();
  }, 90_000);
});

describe('a removed member', () => {
  it('gets no more events of the team, while a member with a new role still gets events', async () => {
    const grace = await member('grace@example.com', 'viewer');
    const theirs = await openLive(grace.client);
    const frames: TopicFrame[] = [];
    const ended: GantryError[] = [];
    const resumed: true[] = [];
    const scope = { teamId: target.teamId };
    const following = {
      onFrame: (frame: TopicFrame) => frames.push(frame),
      onResume: () => resumed.push(true),
      onEnd: (why: GantryError) => ended.push(why),
    };
    await theirs.subscribe(scope, topics.team(target.teamId), following);
    const params = { teamId: target.teamId, userId: grace.userId };
    await client('members.update', { params, body: { role: 'developer' } });
    await until('the client has subscribed again', () => resumed[0]);
    await client('members.remove', { params });
    expect((await until('the subscription has ended', () => ended[0])).kind).toBe('NotFound');
    frames.length = 0;
    const mine: TopicFrame[] = [];
    await live.subscribe(target, topics.team(target.teamId), (frame) => mine.push(frame));
    await client('environments.create', { params: target, body: { slug: 'after' } });
    await until('the remaining member has the event', () => mine[0]);
    expect(frames).toEqual([]);
    live.unsubscribe(topics.team(target.teamId));
    theirs.close();
  });
});

describe('an event that no handler can process', () => {
  it('goes to the dead letters at once when malformed, while other events are delivered', async () => {
    const topic = topics.project(target.projectId);
    const seen: string[] = [];
    await live.subscribe(target, topic, (frame) => frame.type === 'event' && seen.push(frame.id));
    const item = { pk: `event#${newId('event')}`, sk: 'event', __edb_e__: 'outbox', __edb_v__: '1' };
    const ttl = Math.floor(Date.now() / 1000) + 3600;
    await table.send(new PutCommand({ TableName: tableName, Item: { ...item, envelope: '{"half":', ttl } }));
    await publish({ ...eventOf('project.created', { id: target.projectId, version: 9 }, {}), id: 'not-an-id' });
    await client('environments.create', { params: target, body: { slug: 'meanwhile' } });
    await until('the event after the poison has arrived', () => seen.length > 0 || undefined, 5_000);
    await until('the outbox item is a dead letter', async () => (await deadLetters('relay')) === 1 || undefined);
    await until('the message is a dead letter', async () => (await deadLetters('realtime-push')) === 1 || undefined);
    live.unsubscribe(topic);
    const again = await redrive('relay');
    expect(again).toMatchObject({ code: 1, output: expect.stringContaining('0 sent to the bus, 1 left') });
  }, 30_000);

  it('is delivered by the redrive command after the fix, and holds up no other consumer meanwhile', async () => {
    // The role's statements: write its log, start the machine and consume its queue, in this order.
    const id = (await statements()).find((one) => /deploymentstartFunctionRoleDefaultPolicy\w+\/1$/.test(one)) ?? '';
    await statement(id, 'suspend');
    const { source, ...stuck } = await upload(client, target, await archiveOf(join(fixtures, 'static-site')));
    expect(source.kind).toBe('upload');
    await until('the event is a dead letter', async () => (await deadLetters('deployment-start')) === 1 || undefined);
    const { status } = await client('deployments.get', { params: { ...target, deploymentId: stuck.id } });
    expect(status).toBe('queued');
    await statement(id, 'resume');
    expect(await redrive()).toMatchObject({ code: 0, output: expect.stringMatching(/^\s+1 {2}deployment-start$/m) });
    expect(await redrive('deployment-start')).toMatchObject({
      code: 0,
      output: expect.stringContaining('1 sent to'),
    });
    expect((await follow(client, target, stuck.id, undefined, patience(60_000))).status).toBe('live');
    expect(await deadLetters('deployment-start')).toBe(0);
  }, 60_000);

  it('makes the redrive command list the consumers when it is asked for an unknown consumer', async () => {
    const { code, output } = await redrive('deployments');
    expect(code).toBe(2);
    expect(output).toContain('realtime-push');
  });
});
