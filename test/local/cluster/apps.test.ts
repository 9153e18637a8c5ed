import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { cutLine } from '@gantry/contract/log-line.ts';
import { workFolder } from '@gantry/local/work-folder.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Loose } from './api-answer.ts';
import { startTestCluster, type TestCluster, until } from './harness.ts';
import {
  apply,
  created,
  deployment,
  pathOf,
  podsOf,
  preparePlatform,
  route,
  scriptImage,
  serverImage,
  service,
} from './objects.ts';

const NS = 'shop';
let test: TestCluster;

beforeAll(async () => {
  test = await startTestCluster();
  await preparePlatform(test.api, NS);
});
afterAll(() => test.stop());

/** Deploys a server under a host of its own and waits until it answers. */
async function deployServer(name: string, version: string, more: Parameters<typeof deployment>[2] = {}): Promise<void> {
  await created(apply(test.api, NS, deployment(name, await serverImage(test, version), more)));
  await created(apply(test.api, NS, service(name)));
  await created(apply(test.api, NS, route(name, `${name}.localhost`, { [name]: 1 })));
  await until(
    () => test.ask(`${name}.localhost`),
    ({ status }) => status === 200,
  );
}

const containerOf = (pod: Loose) => pod?.status?.containerStatuses?.[0];

async function remove(name: string): Promise<void> {
  await created(test.api('DELETE', `${pathOf('Deployment', NS, name)}?gracePeriodSeconds=0`));
  await until(
    () => podsOf(test.api, NS, name),
    (pods) => pods.length === 0,
  );
}

describe('an app in the local cluster', () => {
  it('answers at its URL once its Deployment, Service and HTTPRoute are applied', async () => {
    await deployServer('web', '1');
    const answer = await test.ask('web.localhost');
    expect(answer.text).toMatch(/^version 1 pod web-/);
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    const live = await until(
      () => test.api('GET', pathOf('Deployment', NS, 'web')),
      ({ body }) => body.status.availableReplicas === 1,
    );
    expect(live.body.status).toMatchObject({ replicas: 1, readyReplicas: 1, updatedReplicas: 1 });
    expect(live.body.metadata.annotations['deployment.kubernetes.io/revision']).toBe('1');
    const { body } = await test.api('GET', pathOf('HTTPRoute', NS, 'web'));
    const told = body.status.parents[0].conditions.map(({ type, status }: Loose) => `${type} ${status}`);
    expect(told).toEqual(['Accepted True', 'ResolvedRefs True']);
  });

  it('gets its own variables, those of its Secret and nothing of the parent process', async () => {
    process.env['GANTRY_TEST_SECRET_OF_PARENT'] = 'hidden';
    await created(
      apply(test.api, NS, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'env' },
        stringData: { KEY: 'from secret', PORT: '1' },
      }),
    );
    await created(
      apply(test.api, NS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'conf' }, data: { MODE: 'fast' } }),
    );
    const env = [
      { name: 'PORT', value: '8080' },
      { name: 'GREETING', value: '$(KEY) to $(NOBODY) costs $$(KEY)' },
      { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'MODE', valueFrom: { configMapKeyRef: { name: 'conf', key: 'MODE' } } },
    ];
    await deployServer('env', '1', { container: { env, envFrom: [{ secretRef: { name: 'env' } }] } });
    const seen = JSON.parse((await test.ask('env.localhost', '/env')).text) as Record<string, string>;
    expect(seen).toMatchObject({
      KEY: 'from secret',
      GREETING: 'from secret to $(NOBODY) costs $(KEY)',
      MODE: 'fast',
      VERSION: '1',
    });
    expect(seen['POD']).toMatch(/^env-/);
    expect(seen['PORT']).toMatch(/^2\d{4}$|^3[01]\d{3}$/);
    expect(seen['HOME']?.startsWith(workFolder(test.folder))).toBe(true);
    expect(Object.keys(seen).sort()).toEqual([
      'GANTRY_POD_ADDRESS',
      'GREETING',
      'HOME',
      'HOSTNAME',
      'KEY',
      'MODE',
      'NODE_OPTIONS',
      'PATH',
      'POD',
      'PORT',
      'PYTHONPATH',
      'TMPDIR',
      'VERSION',
    ]);
    delete process.env['GANTRY_TEST_SECRET_OF_PARENT'];
    await remove('env');
  });

  it('waits with a reason while its Secret is missing, and starts when it is there', async () => {
    const container = { envFrom: [{ secretRef: { name: 'late' } }] };
    await created(apply(test.api, NS, deployment('late', await serverImage(test, '1'), { container })));
    const [pod] = await until(
      () => podsOf(test.api, NS, 'late'),
      ([each]) => containerOf(each)?.state.waiting?.reason === 'CreateContainerConfigError',
    );
    expect(containerOf(pod).state.waiting.message).toBe('secret "late" not found');
    await created(
      apply(test.api, NS, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'late' }, stringData: { A: 'b' } }),
    );
    await until(
      () => podsOf(test.api, NS, 'late'),
      ([each]) => containerOf(each)?.ready === true,
    );
    await remove('late');
  });

  it('is in CrashLoopBackOff with its last lines when it exits at once', async () => {
    const image = await scriptImage(
      test,
      `console.log('reading config'); console.error('no DATABASE_URL'); process.exit(3);`,
    );
    const container = { terminationMessagePolicy: 'FallbackToLogsOnError' };
    await created(apply(test.api, NS, deployment('crash', image, { container })));
    const [pod] = await until(
      () => podsOf(test.api, NS, 'crash'),
      ([each]) => containerOf(each)?.state.waiting?.reason === 'CrashLoopBackOff',
    );
    const status = containerOf(pod);
    expect(status).toMatchObject({ ready: false, restartCount: 1 });
    expect(status.state.waiting.message).toMatch(/^back-off 10s restarting failed container=app pod=crash-/);
    expect(status.lastState.terminated).toMatchObject({ exitCode: 3, reason: 'Error' });
    expect(status.lastState.terminated.message).toContain('no DATABASE_URL');
    const log = pathOf('Pod', NS, `${pod.metadata.name}/log`);
    for (const query of ['', '?previous=true']) {
      expect((await test.api('GET', `${log}${query}`)).body.split('\n').sort().join('|')).toBe(
        '|no DATABASE_URL|reading config',
      );
    }
    const events = await test.api(
      'GET',
      `/api/v1/namespaces/${NS}/events?fieldSelector=involvedObject.name%3D${pod.metadata.name}`,
    );
    expect(events.body.items.map(({ reason }: Loose) => reason)).toContain('BackOff');
    await remove('crash');
  });

  it('is not ready, and gets no requests, when it never listens', async () => {
    const image = await scriptImage(test, `setInterval(() => {}, 1000); console.log('thinking');`);
    await created(apply(test.api, NS, deployment('mute', image)));
    await created(apply(test.api, NS, service('mute')));
    await created(apply(test.api, NS, route('mute', 'mute.localhost', { mute: 1 })));
    const [pod] = await until(
      () => podsOf(test.api, NS, 'mute'),
      ([each]) => containerOf(each)?.state.running !== undefined,
    );
    const name = pod.metadata.name;
    await until(
      () => test.api('GET', `/api/v1/namespaces/${NS}/events?fieldSelector=involvedObject.name%3D${name}`),
      ({ body }) => body.items.some(({ reason }: Loose) => reason === 'Unhealthy'),
    );
    const { body } = await test.api('GET', pathOf('Pod', NS, name));
    expect(body.status.phase).toBe('Running');
    expect(body.status.conditions.find(({ type }: Loose) => type === 'Ready').status).toBe('False');
    expect(await test.ask('mute.localhost')).toMatchObject({
      status: 503,
      text: 'This app is not running right now.\n',
    });
    await remove('mute');
  });

  it('is started again when its liveness probe fails', async () => {
    const image = await scriptImage(
      test,
      `import { createServer } from 'node:http';
      let asked = 0;
      createServer((_, response) => { response.statusCode = ++asked > 2 ? 500 : 200; response.end(); }).listen(process.env.PORT);`,
    );
    const livenessProbe = {
      httpGet: { path: '/', port: 8080 },
      periodSeconds: 1,
      failureThreshold: 1,
      initialDelaySeconds: 1,
    };
    await created(
      apply(
        test.api,
        NS,
        deployment('ill', image, {
          container: { livenessProbe, readinessProbe: { tcpSocket: { port: 8080 } } },
          pod: { terminationGracePeriodSeconds: 1 },
        }),
      ),
    );
    await until(
      () => podsOf(test.api, NS, 'ill'),
      ([each]) => containerOf(each)?.restartCount === 1,
    );
    await remove('ill');
  });

  it('tells that its image is not there', async () => {
    await created(apply(test.api, NS, deployment('none', `registry.test/app@sha256:${'0'.repeat(64)}`)));
    const [pod] = await until(
      () => podsOf(test.api, NS, 'none'),
      ([each]) => containerOf(each)?.state.waiting?.reason === 'ErrImagePull',
    );
    expect(containerOf(pod).state.waiting.message).toContain('is not in the registry');
    expect(pod.status.phase).toBe('Pending');
    await until(
      () => podsOf(test.api, NS, 'none'),
      ([each]) => containerOf(each)?.state.waiting?.reason === 'ImagePullBackOff',
    );
    await remove('none');
  });

  it('refuses by name what a process cannot be given', async () => {
    const container = { volumeMounts: [{ name: 'data', mountPath: '/data' }] };
    const pod = { volumes: [{ name: 'data', emptyDir: {} }] };
    await created(apply(test.api, NS, deployment('vol', await serverImage(test, '1'), { container, pod })));
    const [seen] = await until(
      () => podsOf(test.api, NS, 'vol'),
      ([each]) => containerOf(each) !== undefined,
    );
    expect(containerOf(seen).state.waiting).toEqual({
      reason: 'CreateContainerConfigError',
      message: 'volumeMounts is not emulated by the local node',
    });
    await remove('vol');
  });

  it('has the states of a progress bar in the log service as lines, some a second, and its last one (A32)', async () => {
    const image = await scriptImage(
      test,
      `let p = 0; const bar = setInterval(() => { process.stdout.write('\\rloading ' + p + '%'); if (p === 100) { clearInterval(bar); process.stdout.write('\\nready\\n'); } p += 2; }, 50); setInterval(() => {}, 1000);`,
    );
    await created(apply(test.api, NS, deployment('bar', image, { container: { readinessProbe: undefined } })));
    const mine = () => test.lines.filter(({ stream }) => stream.startsWith(`${NS}/bar-`));
    await until(
      async () => mine().at(-1)?.line.message,
      (last) => last === 'ready',
    );
    const messages = mine().map(({ line }) => line.message);
    expect(messages.slice(-2)).toEqual(['loading 100%', 'ready']);
    expect(messages.length).toBeGreaterThan(2);
    expect(messages.length).toBeLessThan(20);
    expect(messages.filter((message) => !/^(loading \d+%|ready)$/.test(message))).toEqual([]);
    await remove('bar');
  });

  it('has its output in the log service, by namespace, pod and container', async () => {
    const long = 'x'.repeat(70_000);
    const image = await scriptImage(
      test,
      `console.log('${long}'); for (let i = 0; i < 1500; i++) console.log('line ' + i); setInterval(() => {}, 1000);`,
    );
    await created(apply(test.api, NS, deployment('talk', image, { container: { readinessProbe: undefined } })));
    const mine = () => test.lines.filter(({ stream }) => stream.startsWith(`${NS}/talk-`));
    await until(
      async () => mine().length,
      (count) => count === 1501,
    );
    const messages = mine().map(({ line }) => line.message);
    expect(messages[0]).toBe(cutLine(long));
    expect(messages.slice(1)).toEqual(Array.from({ length: 1500 }, (_, at) => `line ${at}`));
    expect(mine()[0]).toMatchObject({ group: '/gantry/apps', stream: expect.stringMatching(/\/app$/) });
    const [pod] = await podsOf(test.api, NS, 'talk');
    const log = pathOf('Pod', NS, `${pod.metadata.name}/log`);
    expect((await test.api('GET', `${log}?tailLines=2`)).body).toBe('line 1498\nline 1499\n');
    expect((await test.api('GET', `${log}?tailLines=1&limitBytes=6`)).body).toBe('line 1');
    expect((await test.api('GET', `${log}?tailLines=1&timestamps=true`)).body).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z line 1499\n$/,
    );
    await remove('talk');
  });
});

describe('a rollout', () => {
  it('moves to a new version and loses no request', async () => {
    const preStop = { lifecycle: { preStop: { sleep: { seconds: 1 } } } };
    await deployServer('roll', '1', { replicas: 2, container: preStop });
    const seen: string[] = [];
    let going = true;
    const client = async () => {
      while (going) {
        const answer = await test.ask('roll.localhost');
        seen.push(`${answer.status} ${answer.text.split(' ')[1]}`);
      }
    };
    const clients = Array.from({ length: 4 }, client);
    await created(
      apply(test.api, NS, deployment('roll', await serverImage(test, '2'), { replicas: 2, container: preStop })),
    );
    await until(
      () => podsOf(test.api, NS, 'roll'),
      (pods) =>
        pods.length === 2 &&
        pods.every(
          (pod) =>
            containerOf(pod)?.ready &&
            pod.metadata.deletionTimestamp === undefined &&
            pod.metadata.labels['pod-template-hash'] !== undefined,
        ) &&
        seen.at(-1) === '200 2',
    );
    going = false;
    await Promise.all(clients);
    expect([...new Set(seen)].sort()).toEqual(['200 1', '200 2']);
    const sets = await test.api('GET', `/apis/apps/v1/namespaces/${NS}/replicasets?labelSelector=app%3Droll`);
    const revisions = sets.body.items.map(
      ({ metadata, spec }: Loose) => `${metadata.annotations['deployment.kubernetes.io/revision']}: ${spec.replicas}`,
    );
    expect(revisions.sort()).toEqual(['1: 0', '2: 2']);
    await remove('roll');
  });

  it('keeps the old version serving while the new one does not get ready', async () => {
    await deployServer('safe', '1');
    const broken = await scriptImage(test, 'process.exit(1)');
    const spec = { progressDeadlineSeconds: 1 };
    await created(apply(test.api, NS, deployment('safe', broken, { spec })));
    const { body } = await until(
      () => test.api('GET', pathOf('Deployment', NS, 'safe')),
      ({ body: { status } }) =>
        status.replicas === 2 && status.conditions.some(({ reason }: Loose) => reason === 'ProgressDeadlineExceeded'),
    );
    expect(body.status).toMatchObject({ availableReplicas: 1, updatedReplicas: 1 });
    expect((await test.ask('safe.localhost')).text).toMatch(/^version 1/);
    await remove('safe');
  });

  it('with strategy Recreate never runs both versions', async () => {
    const spec = { strategy: { type: 'Recreate' } };
    await deployServer('once', '1', { spec });
    const [before] = await podsOf(test.api, NS, 'once');
    await created(apply(test.api, NS, deployment('once', await serverImage(test, '2'), { spec })));
    const counts = new Set<number>();
    await until(
      () => podsOf(test.api, NS, 'once'),
      (pods) => {
        counts.add(pods.length);
        return (
          pods.length === 1 && pods[0].metadata.name !== before.metadata.name && containerOf(pods[0])?.ready === true
        );
      },
    );
    expect(Math.max(...counts)).toBe(1);
    await remove('once');
  });
});

describe('traffic', () => {
  it('is split exactly by the weights, and follows a change with the next request', async () => {
    await deployServer('blue', 'blue');
    await deployServer('green', 'green');
    const shift = (blue: number, green: number) =>
      created(apply(test.api, NS, route('both', 'both.localhost', { blue, green })));
    const count = async (requests: number) => {
      const answers = await Promise.all(Array.from({ length: requests }, () => test.ask('both.localhost')));
      return answers.filter(({ text }) => text.startsWith('version blue')).length;
    };
    await shift(1, 1);
    expect(await count(100)).toBe(50);
    await shift(90, 10);
    expect(await count(100)).toBe(90);
    await shift(0, 1);
    expect(await count(20)).toBe(0);
    await remove('green');
    expect((await test.ask('both.localhost')).status).toBe(503);
    await remove('blue');
  });

  it('lets requests that are under way end when their pod is removed', async () => {
    await deployServer('drain', '1');
    const slow = test.ask('drain.localhost', '/slow');
    await until(
      async () => test.lines,
      (lines) => lines.some(({ line }) => line.message === 'slow begins'),
    );
    await created(test.api('DELETE', pathOf('Deployment', NS, 'drain')));
    expect(await slow).toMatchObject({ status: 200, text: 'slow 1' });
    expect(
      (
        await until(
          () => test.ask('drain.localhost'),
          ({ status }) => status !== 200,
        )
      ).status,
    ).toBe(503);
  });

  it('streams both ways, without the headers of a hop and with whence it came', async () => {
    const body = 'b'.repeat(2_000_000);
    const echoed = await test.ask('web.localhost', '/echo', {
      method: 'POST',
      body,
      headers: { 'transfer-encoding': 'chunked' },
    });
    expect(echoed.text.length).toBe(body.length);
    const headers = JSON.parse(
      (
        await test.ask('web.localhost', '/headers', {
          headers: { connection: 'x-secret', 'x-secret': '1', 'x-forwarded-for': '10.0.0.9' },
        })
      ).text,
    );
    expect(headers).toMatchObject({
      host: 'web.localhost',
      'x-forwarded-for': '10.0.0.9, 127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'web.localhost',
    });
    expect(headers['x-secret']).toBeUndefined();
  });

  it('goes to another instance where one refuses the connection, if it may be repeated', async () => {
    const listening = createServer((_, response) => response.end('alive')).listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const { port } = listening.address() as AddressInfo;
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const dead = (closed.address() as AddressInfo).port;
    await new Promise((resolve) => closed.close(resolve));
    const plain = { ...service('two'), spec: { ports: [{ name: 'http', port: 80 }] } };
    await created(apply(test.api, NS, plain));
    for (const [name, each] of Object.entries({ alive: port, dead })) {
      const slice = {
        metadata: { name: `two-${name}`, labels: { 'kubernetes.io/service-name': 'two' } },
        addressType: 'IPv4',
        ports: [{ name: 'http', port: each, protocol: 'TCP' }],
        endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true, serving: true, terminating: false } }],
      };
      await created(test.api('POST', `/apis/discovery.k8s.io/v1/namespaces/${NS}/endpointslices`, slice));
    }
    await created(apply(test.api, NS, route('two', 'two.localhost', { two: 1 })));
    const answers = [];
    for (let at = 0; at < 4; at++) answers.push((await test.ask('two.localhost')).text);
    expect(answers).toEqual(['alive', 'alive', 'alive', 'alive']);
    const posted = [];
    for (let at = 0; at < 4; at++)
      posted.push((await test.ask('two.localhost', '/', { method: 'POST', body: 'x' })).status);
    expect(posted.sort()).toEqual([200, 200, 502, 502]);
    await new Promise((resolve) => listening.close(resolve).closeAllConnections());
  });

  it('carries WebSockets', async () => {
    const socket = connect(test.frontPort(), '127.0.0.1');
    socket.write('GET /ws HTTP/1.1\r\nHost: web.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    let seen = '';
    await new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        seen += chunk.toString();
        if (seen.endsWith('\r\n\r\n')) socket.write('ping');
        if (seen.endsWith('ping')) resolve();
      });
    });
    socket.destroy();
    expect(seen).toMatch(/^HTTP\/1.1 101 /);
  });

  it('is told of an unknown host, an app that died and a route that leads nowhere, and nothing internal', async () => {
    expect(await test.ask('nobody.localhost')).toMatchObject({
      status: 404,
      text: 'There is no app at this address.\n',
    });
    expect(await test.ask('web.localhost', '/exit')).toMatchObject({ status: 502 });
    await created(apply(test.api, NS, route('lost', 'lost.localhost', { nothing: 1 })));
    expect(await test.ask('lost.localhost')).toMatchObject({
      status: 500,
      text: 'This app cannot be reached right now.\n',
    });
    const filtered = route('filtered', 'filtered.localhost', { web: 1 });
    filtered.spec.rules[0].filters = [{ type: 'RequestRedirect' }];
    await created(apply(test.api, NS, filtered));
    const { body } = await until(
      () => test.api('GET', pathOf('HTTPRoute', NS, 'filtered')),
      ({ body: each }) => each.status?.parents?.length === 1,
    );
    expect(body.status.parents[0].conditions[0]).toMatchObject({
      type: 'Accepted',
      status: 'False',
      reason: 'UnsupportedValue',
      message: 'rules[0].filters is not emulated by the local proxy',
    });
  });
});
