import { cutLine } from '@gantry/contract/log-line.ts';
import { workFolder } from '@gantry/local/work-folder.ts';
import { describe, expect, it } from '@jest/globals';
import type { Loose } from './api-answer.ts';
import { containerOf, deployServer, NS, remove, test } from './apps-fixture.ts';
import { until } from './harness.ts';
import { apply, created, deployment, pathOf, podsOf, route, scriptImage, serverImage, service } from './objects.ts';

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

  it('gets its own variables and those of its Secret, and nothing of the parent process', async () => {
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
      'GANTRY_POD_PORT',
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

  it('waits with a reason while its Secret is missing, and starts once the Secret exists', async () => {
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

  it('that exits at once is in CrashLoopBackOff, with its last lines', async () => {
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

  it('that never listens is not ready and gets no requests', async () => {
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

  it('restarts when its liveness probe fails', async () => {
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

  it('without an image reports that', async () => {
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

  it('with settings that a process cannot have is refused, naming each', async () => {
    const container = { volumeMounts: [{ name: 'data', mountPath: '/data' }] };
    const pod = { volumes: [{ name: 'data', emptyDir: {} }] };
    await created(apply(test.api, NS, deployment('vol', await serverImage(test, '1'), { container, pod })));
    const [seen] = await until(
      () => podsOf(test.api, NS, 'vol'),
      ([each]) => containerOf(each) !== undefined,
    );
    expect(containerOf(seen).state.waiting).toEqual({
      reason: 'CreateContainerConfigError',
      message: 'volumeMounts of anything but a ConfigMap is not emulated by the local node',
    });
    await remove('vol');
  });

  it('reads a ConfigMap that it mounts, in the folder that its variables name', async () => {
    await created(
      apply(test.api, NS, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'notes' },
        data: { 'a.txt': 'mounted' },
      }),
    );
    const image = await scriptImage(
      test,
      `import { readFileSync } from 'node:fs'; console.log(readFileSync(process.env.NOTE, 'utf8')); setInterval(() => {}, 1000);`,
    );
    const container = {
      volumeMounts: [{ name: 'notes', mountPath: '/etc/notes' }],
      env: [{ name: 'NOTE', value: '/etc/notes/a.txt' }],
      readinessProbe: undefined,
    };
    const pod = { volumes: [{ name: 'notes', configMap: { name: 'notes' } }] };
    await created(apply(test.api, NS, deployment('mounts', image, { container, pod })));
    await until(
      async () => test.lines.filter(({ stream }) => stream.startsWith(`${NS}/mounts-`)),
      (lines) => lines.some(({ line }) => line.message === 'mounted'),
    );
    await remove('mounts');
  });

  it('has a progress bar in the log service as some lines a second, and its last state (A32)', async () => {
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
