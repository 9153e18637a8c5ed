import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { until } from '../../until.ts';
import { startTestCluster, type TestCluster } from './harness.ts';
import { created, preparePlatform, serverImage } from './objects.ts';

const NS = 'env-shop';
const PATH = `/api/v1/namespaces/${NS}/pods/web/exec`;
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const STDIN = 0;
const RESIZE = 4;
const END_OF_STDIN = Buffer.from([255, 0]);

let test: TestCluster;

beforeAll(async () => {
  test = await startTestCluster();
  await preparePlatform(test.api, NS);
  const image = await serverImage(test, '1');
  const spec = {
    terminationGracePeriodSeconds: 1,
    containers: [{ name: 'app', image, ports: [{ containerPort: 8080 }] }],
  };
  await created(test.api('POST', `/api/v1/namespaces/${NS}/pods`, { metadata: { name: 'web' }, spec }));
  await until('the pod runs', async () => (await podOf()).status?.phase === 'Running');
});
afterAll(() => test.stop());

async function podOf() {
  return (await test.api('GET', `/api/v1/namespaces/${NS}/pods/web`)).body;
}

interface Session {
  readonly socket: WebSocket;
  /** The output of a channel so far. */
  said(channel: number): string;
  send(channel: number, text: string): void;
  /** The last Status, once the server has closed. */
  readonly status: Promise<Record<string, unknown>>;
}

function urlOf(command: readonly string[], flags: Record<string, string>): string {
  const query = new URLSearchParams({ stdout: 'true', stderr: 'true', ...flags });
  for (const word of command) query.append('command', word);
  return `${test.cluster().server().replace('http', 'ws')}${PATH}?${query}`;
}

async function open(command: readonly string[], flags: Record<string, string> = {}, protocol = 'v5.channel.k8s.io') {
  const socket = new WebSocket(urlOf(command, flags), [protocol], { headers: { authorization: 'Bearer admin' } });
  const chunks = new Map<number, string>();
  socket.on('message', (data: Buffer) => {
    const channel = data[0] ?? 0;
    chunks.set(channel, (chunks.get(channel) ?? '') + data.subarray(1).toString());
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const session: Session = {
    socket,
    said: (channel) => chunks.get(channel) ?? '',
    send: (channel, text) => socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(text)])),
    status: closed.then(() => JSON.parse(chunks.get(3) ?? '{}')),
  };
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return session;
}

/** The refusal of a handshake. */
function refusal(token: string, protocol = 'v5.channel.k8s.io'): Promise<{ status: number; body: string }> {
  const socket = new WebSocket(urlOf(['true'], {}), [protocol], { headers: { authorization: `Bearer ${token}` } });
  socket.on('error', () => undefined);
  return new Promise((resolve) => {
    socket.once('unexpected-response', async (_request, response) => {
      let body = '';
      for await (const chunk of response) body += chunk;
      resolve({ status: response.statusCode ?? 0, body });
    });
    socket.once('open', () => {
      socket.close();
      resolve({ status: 101, body: '' });
    });
  });
}

const isAlive = (pid: number) =>
  existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));

describe('exec into a pod of the embedded cluster', () => {
  it('carries stdout, stderr and the exit code in a Status, and has the variables and folder of the app', async () => {
    const session = await open(['sh', '-c', 'echo $VERSION; pwd >&2; exit 7']);
    expect(await session.status).toMatchObject({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '7' }] },
    });
    expect(session.said(1)).toBe('1\n');
    expect(session.said(2)).toMatch(/\/app\n$/);
  });

  it('closes stdin when a v5 client says so, and serves v4 clients too', async () => {
    const counting = await open(['wc', '-c'], { stdin: 'true' });
    counting.send(STDIN, 'four');
    counting.socket.send(END_OF_STDIN);
    expect(await counting.status).toMatchObject({ status: 'Success' });
    expect(counting.said(1).trim()).toBe('4');
    const older = await open(['echo', 'older'], {}, 'v4.channel.k8s.io');
    expect(older.socket.protocol).toBe('v4.channel.k8s.io');
    expect(await older.status).toMatchObject({ status: 'Success' });
  });

  it('gives a terminal its size, and follows changes of the size', async () => {
    const session = await open(['sh'], { stdin: 'true', tty: 'true' });
    session.send(RESIZE, JSON.stringify({ Width: 91, Height: 17 }));
    await until('the terminal has the size', () => {
      session.send(STDIN, 'stty size\n');
      return session.said(1).includes('17 91');
    });
    session.send(STDIN, 'exit 4\n');
    expect(await session.status).toMatchObject({ details: { causes: [{ message: '4' }] } });
  });

  it.each([
    ['with', 'true'],
    ['without', 'false'],
  ])('ends the command and its children when the connection ends, %s a terminal', async (_, tty) => {
    const session = await open(['sh', '-c', 'setsid sleep 600 & echo pid $!; wait'], { stdin: 'true', tty });
    const pid = await until('the command runs', () => Number(/pid (\d+)/.exec(session.said(1))?.[1]) || undefined);
    expect(isAlive(pid)).toBe(true);
    session.socket.terminate();
    await until('the process is gone', () => !isAlive(pid));
  });

  it("refuses a missing program with a container runtime's text", async () => {
    expect(await (await open(['nope'])).status).toMatchObject({
      reason: 'InternalError',
      message: expect.stringContaining('exec: "nope": executable file not found in $PATH'),
    });
    expect(await (await open(['/app/nope'])).status).toMatchObject({
      message: expect.stringContaining('stat /app/nope: no such file or directory'),
    });
    expect(await (await open(['/app/server.mjs'])).status).toMatchObject({
      message: expect.stringContaining('permission denied'),
    });
  });

  it('needs the rights to get and create pods/exec, which a role may give in one namespace', async () => {
    expect(await refusal('nobody')).toMatchObject({ status: 401 });
    const denied = await refusal('developer');
    expect(denied.status).toBe(403);
    expect(JSON.parse(denied.body).message).toBe(
      `pods "web" is forbidden: User "developer" cannot get resource "pods/exec" in API group "" in the namespace "${NS}"`.replace(
        'pods "web"',
        'pods/exec "web"',
      ),
    );
    const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'developer' }];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'executor' };
    const rule = { apiGroups: [''], resources: ['pods/exec'] };
    await created(
      test.api('POST', `${RBAC}/clusterroles`, {
        metadata: { name: 'executor' },
        rules: [{ ...rule, verbs: ['get'] }],
      }),
    );
    const binding = { metadata: { name: 'executor' }, roleRef, subjects };
    await created(test.api('POST', `${RBAC}/namespaces/${NS}/rolebindings`, binding));
    expect(await refusal('developer')).toMatchObject({
      status: 403,
      body: expect.stringContaining('cannot create resource'),
    });
    const rules = [{ ...rule, verbs: ['get', 'create'] }];
    expect(
      (await test.api('PUT', `${RBAC}/clusterroles/executor`, { metadata: { name: 'executor' }, rules })).status,
    ).toBe(200);
    expect(await refusal('developer')).toMatchObject({ status: 101 });
    expect((await test.api('GET', `/api/v1/namespaces/${NS}/pods`, undefined, { token: 'developer' })).status).toBe(
      403,
    );
  });

  it('lets nobody bind a role with more rights than their own, unless they may bind that role', async () => {
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'executor' };
    const path = `${RBAC}/namespaces/${NS}/rolebindings`;
    const bind = (name: string) =>
      test.api('POST', path, { metadata: { name }, roleRef, subjects: [] }, { token: 'deployer' });
    const rule = { apiGroups: ['rbac.authorization.k8s.io'] };
    const may = (...verbs: string[]) => ({ ...rule, resources: ['clusterroles'], verbs, resourceNames: ['executor'] });
    const creating = { ...rule, resources: ['rolebindings'], verbs: ['create'] };
    const role = (...rules: unknown[]) => ({ metadata: { name: 'binder' }, rules });
    await created(test.api('POST', `${RBAC}/clusterroles`, role(creating)));
    const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'deployer' }];
    const binding = { metadata: { name: 'binder' }, roleRef: { ...roleRef, name: 'binder' }, subjects };
    await created(test.api('POST', `${RBAC}/clusterrolebindings`, binding));
    expect(await bind('more')).toMatchObject({
      status: 403,
      body: { message: expect.stringContaining('is attempting to grant RBAC permissions not currently held') },
    });
    await test.api('PUT', `${RBAC}/clusterroles/binder`, role(creating, may('bind')));
    expect((await bind('allowed')).status).toBe(201);
  });

  it('refuses SPDY, a plain request, and an unknown subprotocol', async () => {
    const upgrade = { connection: 'Upgrade', upgrade: 'SPDY/3.1' };
    const expected = {
      status: 400,
      body: { kind: 'Status', reason: 'BadRequest', message: 'Upgrade request required' },
    };
    expect(await test.api('POST', `${PATH}?command=true&stdout=true`, undefined)).toMatchObject(expected);
    expect(await spdy(upgrade)).toMatchObject({
      status: 400,
      body: expect.stringContaining('Upgrade request required'),
    });
    expect(await refusal('admin', 'v1.of.nobody')).toMatchObject({ status: 400 });
  });
});

/** `fetch` sets no such headers. */
async function spdy(headers: Record<string, string>): Promise<{ status: number; body: string }> {
  const { request } = await import('node:http');
  const sent = request(`${test.cluster().server()}${PATH}?command=true&stdout=true`, {
    method: 'POST',
    headers: { ...headers, authorization: 'Bearer admin', 'x-stream-protocol-version': 'v4.channel.k8s.io' },
  });
  sent.end();
  return new Promise((resolve, reject) => {
    sent.once('error', reject);
    sent.once('response', async (response) => {
      let body = '';
      for await (const chunk of response) body += chunk;
      resolve({ status: response.statusCode ?? 0, body });
    });
  });
}
