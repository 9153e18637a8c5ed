import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { newId, toKubernetesName } from '@gantry/contract/ids.ts';
import { type ExecSession, execLimits } from '@gantry/contract/schemas/exec.ts';
import type { ServerFrame } from '@gantry/contract/schemas/realtime.ts';
import { topics } from '@gantry/contract/topics.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PODS } from '../../../../local/cluster/kinds/pods.ts';
import { startCommand } from '../../../../local/cluster/kubelet/exec.ts';
import type { Pod } from '../../../../local/cluster/model.ts';
import { until } from '../../../until.ts';
import { close, release, startCluster, type TestCluster } from '../../cluster/kubernetes.ts';
import { type Database, startDatabase } from '../database.ts';

/** The frames that each connection received. */
const sent = new Map<string, ServerFrame[]>();
const gone = new Set<string>();
let gateway: Server;
let database: Database;
let cluster: TestCluster;

async function modules() {
  const [run, ending, records, live, messages, subscriptions, identity, outbox, environments, roles, policies, pods] =
    await Promise.all([
      import('@gantry/core/exec/run.ts'),
      import('@gantry/core/exec/ending.ts'),
      import('@gantry/core/records/exec.ts'),
      import('@gantry/core/records/realtime.ts'),
      import('@gantry/core/realtime/messages.ts'),
      import('@gantry/core/realtime/subscriptions.ts'),
      import('@gantry/core/records/identity.ts'),
      import('@gantry/core/kernel/audit/store.ts'),
      import('@gantry/cluster/environment.ts'),
      import('@gantry/cluster/roles.ts'),
      import('@gantry/cluster/admission-policy.ts'),
      import('@gantry/cluster/pod.ts'),
    ]);
  return {
    ...run,
    ...ending,
    ...records,
    ...live,
    ...messages,
    ...subscriptions,
    ...identity,
    ...outbox,
    ...environments,
    ...roles,
    ...policies,
    ...pods,
  };
}
let gantry: Awaited<ReturnType<typeof modules>>;

const spec = release();
const { teamId, projectId, serviceId, environmentId } = spec;
const NAMESPACE = toKubernetesName(environmentId);
const SYSTEM = 'gantry-system';
const issuedAt = Math.floor(Date.now() / 1000);
const caller = { userId: newId('user'), email: 'ada@example.com', subject: 'subject-1', issuedAt };
const ttl = issuedAt + 3600;

beforeAll(async () => {
  gateway = createServer((request, response) => {
    const id = decodeURIComponent(request.url?.split('/').at(-1) ?? '');
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (gone.has(id)) return void response.writeHead(410, { 'x-amzn-errortype': 'GoneException' }).end('{}');
      sent.set(id, [...(sent.get(id) ?? []), JSON.parse(Buffer.concat(chunks).toString()) as ServerFrame]);
      response.end();
    });
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  [cluster, database] = await Promise.all([startCluster(), startDatabase('exec-test')]);
  Object.assign(process.env, {
    TABLE_NAME: 'exec-test',
    AWS_ENDPOINT_URL_DYNAMODB: database.endpoint,
    REALTIME_ENDPOINT: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/live`,
  });
  gantry = await modules();
  const { userId, email, subject } = caller;
  const createdAt = new Date().toISOString();
  await gantry.UserEntity.put({ subject, id: userId, email, createdAt, teams: 1 }).go();
  const member = { teamId, ...caller, role: 'developer' as const, projectRoles: {}, createdAt, version: 1 };
  await gantry.MembershipEntity.put(member).go();
  await gantry.applyEnvironment(spec);
  const { apply } = await import('@gantry/cloud/kubernetes/objects.ts');
  const bound = gantry.executorBinding((name) => ({ name, namespace: SYSTEM }));
  for (const object of [...gantry.roleObjects('eks.amazonaws.com'), ...gantry.admissionPolicyObjects()])
    await apply(object, 'test');
  // A change by hand must not weaken the policy.
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: SYSTEM } }, 'test');
  await apply(bound, 'test');
  const { spec: template, metadata } = gantry.podTemplate(
    spec,
    { labels: {}, once: false },
    {
      loadBalancerNetworks: [],
      loadBalancerApi: 'gateway.k8s.aws/v1',
      drainSeconds: 0,
      databaseNetworks: [],
      clusterGroup: 'sg-0',
    },
  );
  const pod = { metadata: { ...metadata, name: 'web-1' }, spec: { ...template, nodeName: 'one' } };
  const draft = pod as unknown as Parameters<typeof cluster.registry.create>[2];
  const created = cluster.registry.create(PODS, NAMESPACE, draft, { manager: 'test' }) as Pod;
  const run = (draft: Pod) => {
    draft.status = { ...draft.status, phase: 'Running' } as NonNullable<Pod['status']>;
  };
  cluster.registry.modify(PODS, created, run, { manager: 'test', subresource: 'status' });
  cluster.commands = {
    start: (_pod, _container, asked) => {
      const env = { PATH: process.env['PATH'] ?? '', GREETING: 'hello' };
      const command = { root: '/', file: '', args: [], cwd: '/', env };
      return Promise.resolve().then(() => startCommand(command, asked, new AbortController().signal));
    },
  };
  // From here on only the broker calls the cluster.
  cluster.groups = ['gantry:executors'];
}, 60_000);

afterAll(async () => {
  database?.stop();
  await cluster?.stop();
  if (gateway) await close(gateway);
});

interface Begun {
  readonly session: ExecSession;
  readonly connectionId: string;
  readonly event: Parameters<typeof gantry.runExec>[0];
  frames(): readonly ServerFrame[];
  said(): string;
}

let slot = 0;

/** A session as the API records it, followed by a connection of its user. */
async function begin(...command: string[]): Promise<Begun> {
  const id = newId('exec');
  const connectionId = `connection-${id}`;
  const createdAt = new Date().toISOString();
  const place = { teamId, serviceId, environmentId, slot: ++slot };
  const ids = { id, teamId, projectId, environmentId, serviceId, userId: caller.userId };
  const record = { ...ids, replica: 'web-1', command, given: command, slot, createdAt, version: 1, ttl };
  await gantry.ExecEntity.put(record).go();
  await gantry.ExecSlotEntity.put({ ...place, execId: id, until: Date.now() + 60_000 }).go();
  await gantry.ConnectionEntity.put({ ...caller, id: connectionId, ttl }).go();
  await gantry.subscribe(connectionId, { teamId, projectId, topic: topics.exec(id) });
  const shown = { end: null, exitCode: null, detail: null, endedAt: null, terminal: null };
  const session: ExecSession = { ...ids, replica: 'web-1', command, createdAt, version: 1, ...shown };
  const event = {
    ...{ id: newId('event'), name: 'exec.requested' as const, schemaVersion: 1, teamId, actor: caller.userId },
    ...{ aggregate: { id, version: 1 }, at: createdAt, data: session },
  };
  const frames = () => sent.get(connectionId) ?? [];
  const said = () =>
    frames()
      .map((frame) => (frame.type === 'output' ? Buffer.from(frame.data, 'base64').toString() : ''))
      .join('');
  return { session, connectionId, event, frames, said };
}

const exitOf = ({ frames }: Begun) => frames().find((frame) => frame.type === 'exit');
const pidIn = (begun: Begun) =>
  until('the command has printed its process id', () => Number(/pid (\d+)/.exec(begun.said())?.[1]) || undefined);
const isGone = (pid: number) => !existsSync(`/proc/${pid}`);

async function recordOf({ session }: Begun) {
  return (await gantry.ExecEntity.get({ teamId, id: session.id }).go({ consistent: true })).data;
}

function type({ session, connectionId }: Begun, sequence: number, text: string, from = connectionId): Promise<void> {
  const data = Buffer.from(text).toString('base64');
  return gantry.receive(from, JSON.stringify({ type: 'input', topic: topics.exec(session.id), sequence, data }));
}

describe('the broker of a session', () => {
  it('orders the input by its numbers, passes on the output, and records the end once', async () => {
    const begun = await begin('sh', '-c', 'read a; read b; echo "$GREETING $a $b"; exit 3');
    const running = gantry.runExec(begun.event);
    await type(begun, 2, 'two\n');
    await type(begun, 1, 'one\n');
    await type(begun, 1, 'again\n');
    await running;
    expect(begun.said()).toBe('hello one two\n');
    expect(exitOf(begun)).toMatchObject({ end: 'exited', exitCode: 3 });
    const ended = await recordOf(begun);
    expect(ended).toMatchObject({ end: 'exited', exitCode: 3, version: 2 });
    expect(ended?.given).toBeUndefined();
    await gantry.runExec(begun.event);
    expect(begun.said()).toBe('hello one two\n');
    expect(await recordOf(begun)).toEqual(ended);
  });

  it('refuses input from a connection that does not follow the session, and refuses a second follower', async () => {
    const begun = await begin('sh', '-c', 'echo pid $$; cat');
    const running = gantry.runExec(begun.event);
    await pidIn(begun);
    await gantry.ConnectionEntity.put({ ...caller, id: 'other', ttl }).go();
    await type(begun, 1, 'stranger\n', 'other');
    expect(sent.get('other')).toEqual([expect.objectContaining({ type: 'error', kind: 'NotFound' })]);
    await expect(
      gantry.subscribe('other', { teamId, projectId, topic: topics.exec(begun.session.id) }),
    ).rejects.toMatchObject({ kind: 'NotFound' });
    await type(begun, 1, 'mine\n');
    await until('the session has shown my line', () => begun.said().endsWith('mine\n'));
    expect(begun.said()).not.toContain('stranger');
    gone.add(begun.connectionId);
    await type(begun, 2, 'more\n').catch(() => undefined);
    await running;
  });

  it('ends the command when its user loses the right or the connection', async () => {
    const begun = await begin('sh', '-c', 'echo pid $$; sleep 600 & wait');
    const running = gantry.runExec(begun.event);
    const pid = await pidIn(begun);
    await gantry.unsubscribe(begun.connectionId, topics.exec(begun.session.id));
    await running;
    await until('the process has ended', () => isGone(pid));
    expect(exitOf(begun)).toMatchObject({ end: 'left' });
    expect(await recordOf(begun)).toMatchObject({ end: 'left' });
  });

  it('ends a command with too much output or input, without any, or after its time limit', async () => {
    const loud = await begin(
      'sh',
      '-c',
      'while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done',
    );
    await gantry.runExec(loud.event);
    expect(exitOf(loud)).toMatchObject({ end: 'too-much-output', detail: expect.stringContaining('more than 8 MB') });
    expect(loud.said().length).toBe(execLimits.outputBytes);
    const silent = await begin('sleep', '600');
    await gantry.runExec(silent.event, { seconds: 60, idleSeconds: 1 });
    expect(exitOf(silent)).toMatchObject({ end: 'idle' });
    const long = await begin('sh', '-c', 'while sleep 0.1; do echo; done');
    await gantry.runExec(long.event, { seconds: 1, idleSeconds: 60 });
    expect(exitOf(long)).toMatchObject({ end: 'time-over' });
    const full = await begin('cat');
    const { topic, connectionId } = { topic: topics.exec(full.session.id), connectionId: full.connectionId };
    await gantry.SubscriptionEntity.update({ topic, connectionId }).set({ inputBytes: execLimits.inputBytes }).go();
    await type(full, 1, 'x');
    expect(full.frames()).toEqual([expect.objectContaining({ type: 'error', kind: 'TooLarge' })]);
  }, 60_000);

  it('tells a missing program from a missing replica', async () => {
    const absent = await begin('nope');
    await gantry.runExec(absent.event);
    expect(exitOf(absent)).toMatchObject({ end: 'not-started', exitCode: 127 });
    const nowhere = await begin('true');
    await gantry.ExecEntity.patch({ teamId, id: nowhere.session.id }).set({ replica: 'web-2' }).go();
    await gantry.runExec(nowhere.event);
    expect(exitOf(nowhere)).toMatchObject({ end: 'replica-gone', detail: 'There is no replica web-2 any more.' });
  });

  it('may run commands in pods of environments, and do nothing else', async () => {
    const { list, get } = await import('@gantry/cloud/kubernetes/objects.ts');
    const { execInPod } = await import('@gantry/cloud/kubernetes/exec.ts');
    await expect(list({ apiVersion: 'v1', kind: 'Pod', namespace: NAMESPACE })).rejects.toThrow('403');
    await expect(get({ apiVersion: 'v1', kind: 'Secret', namespace: NAMESPACE, name: 'any' })).rejects.toThrow('403');
    const elsewhere = { namespace: SYSTEM, pod: 'log-shipper', container: 'any', command: ['true'] };
    await expect(execInPod({ ...elsewhere, terminal: false }, () => undefined)).rejects.toMatchObject({
      kind: 'Forbidden',
    });
  });

  it('leaves no process when killed; the session is recorded as lost and does not start again', async () => {
    const begun = await begin('sh', '-c', 'echo pid $$; sleep 600 & wait');
    const broker = spawn(process.execPath, [join(import.meta.dirname, 'broker.mts'), JSON.stringify(begun.event)], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env },
    });
    const pid = await pidIn(begun);
    broker.kill('SIGKILL');
    await until('the process has ended', () => isGone(pid));
    await gantry.runExec(begun.event);
    expect(await recordOf(begun)).not.toHaveProperty('end');
    const { slot: taken } = (await recordOf(begun)) ?? { slot: 0 };
    await gantry.ExecSlotEntity.patch({ teamId, serviceId, environmentId, slot: taken }).set({ until: 1 }).go();
    await gantry.endLostSessions(Date.now() + 10_000);
    expect(await recordOf(begun)).toMatchObject({ end: 'lost', detail: expect.stringContaining('lost the session') });
    const month = new Date().toISOString().slice(0, 7);
    const { data } = await gantry.AuditEntity.query.primary({ teamId, month }).go({ pages: 'all' });
    const told = data.filter(({ target }) => target === begun.session.id).map(({ name, detail }) => [name, detail]);
    expect(told).toEqual([['exec.ended', 'web-1: sh -c echo pid $$; sleep 600 & wait (lost)']]);
  }, 60_000);
});
