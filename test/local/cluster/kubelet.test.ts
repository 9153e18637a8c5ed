import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { reservePort } from '@gantry/local/cluster/kubelet/ports.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { slowness } from '../../patience.ts';
import type { Loose } from './api-answer.ts';
import { startTestCluster, type TestCluster, until } from './harness.ts';
import {
  apply,
  created,
  deployment,
  eventsOf,
  job,
  pathOf,
  preparePlatform,
  route,
  SERVER_FILES,
  scriptImage,
  serverImage,
  service,
} from './objects.ts';

const NS = 'shop';
let test: TestCluster;

beforeAll(async () => {
  test = await startTestCluster(undefined, { crashBackoffMs: 40, jobBackoffMs: 10, memoryPeriodMs: 50 });
  await preparePlatform(test.api, NS);
});
afterAll(() => test.stop());

const containerOf = (pod: Loose) => pod?.status?.containerStatuses?.[0];
const podCalled = async (name: string) => (await test.api('GET', pathOf('Pod', NS, name))).body;

async function run(name: string, image: string, container: Loose = {}, spec: Loose = {}): Promise<void> {
  const containers = [{ name: 'app', image, ...container }];
  const pod = { metadata: { name }, spec: { terminationGracePeriodSeconds: 1, containers, ...spec } };
  await created(test.api('POST', pathOf('Pod', NS), pod));
}

describe('the kubelet refuses, like a node of EKS,', () => {
  it('an image that runs as root, or whose user has a name, when root is not allowed', async () => {
    const imageOf = (User: string) =>
      test.images.add(SERVER_FILES, { Cmd: ['node', 'server.mjs'], WorkingDir: '/app', User });
    const strict = { securityContext: { runAsNonRoot: true } };
    const why = async (name: string, user: string, container: Loose = {}) => {
      await run(name, await imageOf(user), container, strict);
      const pod = await until(
        () => podCalled(name),
        (each) => containerOf(each)?.state.waiting?.reason === 'CreateContainerConfigError',
      );
      const where = ` (pod: "${name}_${NS}(${pod.metadata.uid})", container: app)`;
      return containerOf(pod).state.waiting.message.replace(where, '');
    };
    const root = 'container has runAsNonRoot and image will run as root';
    expect(await why('empty', '')).toBe(root);
    expect(await why('zero', '0:0')).toBe(root);
    expect(await why('named', 'node')).toBe(
      'container has runAsNonRoot and image has non-numeric user (node), cannot verify user is non-root',
    );
    expect(await why('forced', '1000', { securityContext: { runAsUser: 0 } })).toBe(
      "container's runAsUser breaks non-root policy",
    );
    await run('fine', await imageOf('1000:1000'), { ports: [{ containerPort: 80 }] }, strict);
    await until(
      () => podCalled('fine'),
      (each) => containerOf(each)?.ready === true,
    );
  });

  it('an image that was not built for processes, with advice', async () => {
    const image = await test.images.add(SERVER_FILES, { Cmd: ['/bin/app'], Labels: {} });
    await run('based', image);
    const pod = await until(
      () => podCalled('based'),
      (each) => containerOf(each)?.state.waiting?.reason === 'CreateContainerConfigError',
    );
    expect(containerOf(pod).state.waiting.message).toMatch(
      /^the image was not built here: .* runs only images that its own builder made; deploy the source of the app/,
    );
    await created(test.api('DELETE', pathOf('Pod', NS, 'based')));
  });

  it('an image for other processors, which ends at once with the reason in its output', async () => {
    const image = await test.images.add(SERVER_FILES, { Cmd: ['/bin/app'] }, 's390x');
    await run('foreign', image);
    const pod = await until(
      () => podCalled('foreign'),
      (each) => containerOf(each)?.state.waiting?.reason === 'CrashLoopBackOff',
    );
    expect(containerOf(pod).lastState.terminated).toMatchObject({ reason: 'Error', exitCode: 255 });
    const log = await test.api('GET', pathOf('Pod', NS, 'foreign/log'));
    expect(log.body).toBe('exec /bin/app: exec format error\n');
    await created(test.api('DELETE', pathOf('Pod', NS, 'foreign')));
  });

  it('more memory than the limit: the container ends with OOMKilled and restarts', async () => {
    const grow = `
      const held = [];
      setInterval(() => held.push(Buffer.alloc(16 * 1024 * 1024, 1)), 20);`;
    await run('greedy', await scriptImage(test, grow), { resources: { limits: { memory: '160Mi' } } });
    const pod = await until(
      () => podCalled('greedy'),
      (each) => containerOf(each)?.lastState.terminated !== undefined,
    );
    expect(containerOf(pod)).toMatchObject({ lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } } });
    expect(containerOf(pod).restartCount).toBeGreaterThanOrEqual(1);
    await created(test.api('DELETE', pathOf('Pod', NS, 'greedy')));
  });
});

describe('an app', () => {
  it('that exits again and again waits longer each time, and reports its last run', async () => {
    await run('crash', await scriptImage(test, 'process.exit(2)'));
    const pod = await until(
      () => podCalled('crash'),
      (each) => containerOf(each)?.restartCount >= 3 && containerOf(each).state.waiting !== undefined,
    );
    expect(containerOf(pod)).toMatchObject({
      ready: false,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 2, reason: 'Error' } },
    });
    const waits = (await eventsOf(test.api, NS, 'crash')).filter((each) =>
      each.startsWith('BackOff: Back-off restarting failed container'),
    );
    expect(waits.length).toBe(1);
    await created(test.api('DELETE', pathOf('Pod', NS, 'crash')));
  });

  it('that fails its readiness probe gets no requests until the probe passes again', async () => {
    const image = await scriptImage(
      test,
      `import { createServer } from 'node:http';
      let ok = true;
      createServer(({ url }, response) => {
        if (url === '/turn') setTimeout(() => { ok = false; setTimeout(() => { ok = true; }, ${1500 * slowness}); }, 50);
        response.statusCode = ok ? 200 : 500;
        response.end();
      }).listen(process.env.PORT);`,
    );
    const readinessProbe = { httpGet: { path: '/', port: 8080 }, periodSeconds: 1, failureThreshold: 1 };
    await created(apply(test.api, NS, deployment('moody', image, { container: { readinessProbe } })));
    await created(apply(test.api, NS, service('moody')));
    await created(apply(test.api, NS, route('moody', 'moody.localhost', { moody: 1 })));
    const answers = (status: number, path = '/') =>
      until(
        () => test.ask('moody.localhost', path),
        (each) => each.status === status,
      );
    await answers(200, '/turn');
    await answers(503);
    const { body } = await until(
      () => test.api('GET', pathOf('Deployment', NS, 'moody')),
      (each) => each.body.status.availableReplicas === undefined,
    );
    const available = body.status.conditions.find(({ type }: Loose) => type === 'Available');
    expect(available).toMatchObject({ status: 'False', reason: 'MinimumReplicasUnavailable' });
    await answers(200);
    await created(test.api('DELETE', pathOf('Deployment', NS, 'moody')));
  });
});

describe('a namespace that was deleted by hand', () => {
  it('leaves no process, port, file or object behind', async () => {
    await created(test.api('POST', '/api/v1/namespaces', { metadata: { name: 'doomed' } }));
    const endless = await scriptImage(test, `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);`);
    await created(apply(test.api, 'doomed', deployment('web', await serverImage(test, '1'), { replicas: 2 })));
    await created(apply(test.api, 'doomed', deployment('crash', await scriptImage(test, 'process.exit(1)'))));
    const pod = { terminationGracePeriodSeconds: 1 };
    await created(test.api('POST', pathOf('Job', 'doomed'), job('task', endless, {}, pod)));
    const all = async (): Promise<Loose[]> => (await test.api('GET', pathOf('Pod', 'doomed'))).body.items;
    const pods = await until(
      all,
      (each) => each.filter((one) => containerOf(one)?.state.running !== undefined).length >= 3,
    );
    const pids = pods
      .flatMap((each) => containerOf(each)?.containerID ?? [])
      .map((id: string) => Number(id.replace('process://', '')));
    const ports = pods.flatMap(
      (each) => Object.values(JSON.parse(each.metadata.annotations['local.gantry.dev/ports'])) as number[],
    );
    await created(test.api('DELETE', '/api/v1/namespaces/doomed'));
    await until(
      async () => (await test.api('GET', '/api/v1/namespaces/doomed')).status,
      (status) => status === 404,
    );
    expect(pids.length).toBeGreaterThanOrEqual(3);
    const alive = pids.filter((pid) => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    });
    expect(alive).toEqual([]);
    const folders = () => readdirSync(join(test.folder, 'pods'));
    await until(
      async () => folders(),
      (names) => pods.every(({ metadata }) => !names.includes(metadata.uid)),
    );
    for (const port of ports) {
      const reservation = await reservePort(port);
      expect(reservation.port).toBe(port);
      reservation.release();
    }
    for (const kind of ['Deployment', 'ReplicaSet', 'Job', 'Pod', 'Event'])
      expect((await test.api('GET', pathOf(kind, 'doomed'))).body.items).toEqual([]);
  });
});

describe('a Job, when the cluster stops and starts again,', () => {
  it('counts the interrupted run as failed, runs once more, and keeps the output of ended runs', async () => {
    const image = await scriptImage(test, `console.log('once'); if (process.env.STAY) setInterval(() => {}, 1000);`);
    const container = { env: [{ name: 'STAY', value: '1' }] };
    await created(test.api('POST', pathOf('Job', NS), job('done', image)));
    await created(
      test.api('POST', pathOf('Job', NS), job('cut', image, {}, { container, terminationGracePeriodSeconds: 1 })),
    );
    const jobStatus = (name: string) => async () => (await test.api('GET', pathOf('Job', NS, name))).body.status;
    await until(jobStatus('done'), (status) => status?.completionTime !== undefined);
    await until(jobStatus('cut'), (status) => status?.ready === 1);
    const cut = await test.api('GET', `${pathOf('Pod', NS)}?labelSelector=job-name%3Dcut`);
    const log = `${pathOf('Pod', NS, cut.body.items[0].metadata.name)}/log`;
    await until(
      () => test.api('GET', log),
      ({ body }) => body === 'once\n',
    );
    await test.restart();
    await until(jobStatus('cut'), (status) => status.failed === 1 && status.ready === 1);
    const pods = await test.api('GET', `${pathOf('Pod', NS)}?labelSelector=job-name%20in%20(cut,done)`);
    const ends = pods.body.items.map(
      (each: Loose) => `${each.metadata.labels['job-name']} ${each.status.phase} ${containerOf(each).restartCount}`,
    );
    expect(ends.sort()).toEqual(['cut Failed 0', 'cut Running 0', 'done Succeeded 0']);
    for (const { metadata } of pods.body.items) {
      await until(
        () => test.api('GET', pathOf('Pod', NS, `${metadata.name}/log`)),
        ({ body }) => body === 'once\n',
      );
    }
  });
});
