import type { Server } from 'node:http';
import type { ReleaseSpec } from '@gantry/cluster/spec.ts';
import { newId, toKubernetesName } from '@gantry/contract/ids.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestCluster, type TestCluster, until } from '../../local/cluster/harness.ts';
import { pathOf, preparePlatform, scriptImage, serverImage } from '../../local/cluster/objects.ts';
import { patience, slowness } from '../../patience.ts';
import { close, release, serveEks } from './kubernetes.ts';

async function modules() {
  const [releases, commands, watch, scaling, traffic, roles] = await Promise.all([
    import('@gantry/cluster/releases.ts'),
    import('@gantry/cluster/release-command.ts'),
    import('@gantry/cluster/watch.ts'),
    import('@gantry/cluster/scaling.ts'),
    import('@gantry/cluster/traffic.ts'),
    import('@gantry/cluster/roles.ts'),
  ]);
  return { ...releases, ...commands, ...watch, ...scaling, ...traffic, ...roles };
}

let test: TestCluster;
let aws: Server;
let gantry: Awaited<ReturnType<typeof modules>>;
/** How far the clock of schedules is ahead of this machine's clock. */
let ahead = 0;
/** Answers HTTP, and exits at a request for /exit. */
let server: string;
const PATIENCE = patience(15_000);

beforeAll(async () => {
  test = await startTestCluster(undefined, {
    ...{ jobBackoffMs: 10, crashBackoffMs: 10, memoryPeriodMs: 50 },
    now: () => Date.now() + ahead,
  });
  aws = await serveEks(() => test.cluster().server());
  gantry = await modules();
  await preparePlatform(test.api, 'unused');
  for (const role of gantry.roleObjects('eks.amazonaws.com')) {
    const plural = `${role.kind?.toLowerCase()}s`;
    await test.api('POST', `/apis/rbac.authorization.k8s.io/v1/${plural}`, role);
  }
  server = await serverImage(test, '1');
});

afterAll(async () => {
  await test.stop();
  await close(aws);
});

const script = (text: string) => scriptImage(test, text);
const idle = 'setInterval(() => {}, 1000);';
const worker = (changes: Partial<ReleaseSpec>) => release({ kind: 'worker', port: null, ...changes });

async function podsIn({ environmentId }: ReleaseSpec) {
  return (await test.api('GET', pathOf('Pod', toKubernetesName(environmentId)))).body.items;
}

describe('a release command', () => {
  const run = async (spec: ReleaseSpec, ms = PATIENCE) => {
    await gantry.startReleaseCommand(spec);
    return gantry.watchReleaseCommand(spec, ms);
  };
  const command = (releaseCommand: string, changes: Partial<ReleaseSpec> = {}) =>
    release({ image: server, releaseCommand, ...changes });

  it('runs once with the release’s variables, before the release, however often it is requested', async () => {
    const spec = command('echo "migrated for $GREETING"');
    expect(await run(spec)).toEqual({ ok: true });
    expect(await run(spec)).toEqual({ ok: true });
    const pods = await podsIn(spec);
    expect(pods).toHaveLength(1);
    expect(pods[0].metadata.labels).not.toHaveProperty(['gantry.dev/release']);
    expect(test.lines.map(({ line }) => line.message)).toContain('migrated for hello');
  });

  it('that fails reports its exit code and last lines, and does not run again', async () => {
    const spec = command('echo "no such table"; exit 3');
    const failed = { ok: false, detail: expect.stringContaining('exit code 3'), lines: ['no such table'] };
    expect(await run(spec)).toEqual(failed);
    expect(await run(spec)).toEqual(failed);
    expect(await podsIn(spec)).toHaveLength(1);
  });

  it('that failed runs again at a redrive, and not after a success', async () => {
    const first = command('test "$TABLE" = there', { variables: { TABLE: 'missing' } });
    expect(await run(first)).toMatchObject({ ok: false });
    const again = { ...first, generation: 2, variables: { TABLE: 'there' } };
    expect(await run(again)).toEqual({ ok: true });
    expect(await run({ ...again, generation: 3 })).toEqual({ ok: true });
    await expect(run(first)).rejects.toMatchObject({ kind: 'Superseded' });
  });

  it('that hangs is reported with its last lines', async () => {
    const seconds = Math.ceil(slowness);
    const outcome = await run(command('echo "continue? [y/N]"; sleep 600'), 1_000 * seconds);
    expect(outcome).toEqual({
      ok: false,
      detail: expect.stringContaining(`did not end within ${seconds} s and is stopped`),
      lines: ['continue? [y/N]'],
    });
  });

  it('is removed with its release, running or ended', async () => {
    const spec = command('sleep 600');
    await run(spec, 300);
    await gantry.removeRelease(spec);
    await until(
      () => podsIn(spec),
      (pods) => pods.every(({ metadata }: { metadata: object }) => 'deletionTimestamp' in metadata),
    );
    expect(await gantry.listReleases(spec.environmentId, spec.serviceId)).toEqual([]);
  });
});

describe('a release that does not become healthy', () => {
  it.each([
    [
      'exits at once',
      5,
      () => script('console.log("bye"); process.exit(4);'),
      'exited with code 4 right after it started',
    ],
    ['never listens', 1, () => script(idle), 'does not listen on $PORT within 1 s'],
    [
      'listens on another port',
      1,
      () => script('import { createServer } from "node:net"; createServer().listen(0, "127.0.0.1");'),
      'Make it listen on the port that the variable PORT names',
    ],
    [
      'has no image any more',
      5,
      async () => `registry.test/app@sha256:${'c'.repeat(64)}`,
      'If the image is gone, deploy again',
    ],
    [
      'runs as root',
      5,
      () => test.images.add([], { Cmd: ['node'], WorkingDir: '/', User: '0' }),
      'Name another user by its number',
    ],
    [
      'is built for another processor',
      5,
      () => test.images.add([], { Cmd: ['node'], WorkingDir: '/', Env: ['FOREIGN=1'] }, 's390x'),
      'Build it for linux/arm64',
    ],
  ])('because it %s is reported with advice', async (_, timeoutSeconds, image, words) => {
    const spec = release({ image: await image(), health: { path: null, timeoutSeconds } });
    await gantry.applyRelease(spec);
    expect(await gantry.watchRelease(spec, PATIENCE)).toMatchObject({
      healthy: false,
      detail: expect.stringContaining(words),
    });
    await gantry.removeRelease(spec);
  });

  it('because it uses too much memory is reported with advice', async () => {
    const grow = await script('const kept = []; setInterval(() => kept.push(Buffer.alloc(100e6, 1)), 20);');
    const spec = worker({ image: grow });
    await gantry.applyRelease(spec);
    expect(await gantry.watchRelease(spec, PATIENCE)).toMatchObject({
      healthy: false,
      detail: expect.stringMatching(/used more memory than it may \(512Mi\).*larger size/),
    });
    await gantry.removeRelease(spec);
  });

  it('because the environment’s quota is used up is reported with advice', async () => {
    const spec = release({ image: server });
    await gantry.stageRelease(spec);
    const namespace = toKubernetesName(spec.environmentId);
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'full' },
      spec: { hard: { pods: '0' } },
    };
    await test.api('POST', pathOf('ResourceQuota', namespace), quota);
    await gantry.applyRelease(spec);
    expect(await gantry.watchRelease(spec, PATIENCE)).toMatchObject({
      healthy: false,
      detail: expect.stringMatching(/no room left.*exceeded quota.*Remove or shrink/),
    });
  });
});

describe('a worker', () => {
  it('that keeps running is healthy, without port or probe', async () => {
    const spec = worker({ image: await script(idle) });
    await gantry.applyRelease(spec);
    expect(await gantry.watchRelease(spec, PATIENCE)).toEqual({ healthy: true });
    expect(await gantry.checkHealth(spec)).toEqual({ state: 'healthy' });
  });

  it('that exits soon is not healthy', async () => {
    const spec = worker({ image: await script('setTimeout(() => process.exit(0), 200);') });
    await gantry.applyRelease(spec);
    expect(await gantry.watchRelease(spec, PATIENCE)).toMatchObject({
      healthy: false,
      detail: expect.stringContaining('a worker must keep running'),
    });
    await gantry.removeRelease(spec);
  });
});

describe('a live release', () => {
  it('gets no traffic at weight 0, and is reached at once at a higher weight', async () => {
    const first = release({ image: server });
    const second: ReleaseSpec = {
      ...first,
      releaseId: newId('release'),
      generation: 2,
      image: await serverImage(test, '2'),
    };
    const shift = (spec: ReleaseSpec, ...weights: [ReleaseSpec, number][]) =>
      gantry.shiftTraffic({
        ...{ ...spec, host: 'serving.localhost' },
        weights: weights.map(([{ releaseId }, weight]) => ({ releaseId, weight })),
      });
    for (const spec of [first, second]) {
      await gantry.applyRelease(spec);
      expect(await gantry.watchRelease(spec, PATIENCE)).toEqual({ healthy: true });
      if (spec === first) await shift(first, [first, 100]);
    }
    const answers = async () => {
      const all = await Promise.all(Array.from({ length: 10 }, () => test.ask('serving.localhost')));
      return [...new Set(all.map(({ text }) => text.slice(0, 9)))];
    };
    await until(answers, (seen) => seen.join() === 'version 1');
    await shift(second, [second, 100], [first, 0]);
    await until(answers, (seen) => seen.join() === 'version 2');
    await shift({ ...first, generation: 3 }, [first, 100], [second, 0]);
    await until(answers, (seen) => seen.join() === 'version 1');
  });

  it('that exits later is found by a look, with the exit code', async () => {
    const spec = release({ image: server });
    await gantry.applyRelease(spec);
    await gantry.watchRelease(spec, PATIENCE);
    const since = Date.now() - 1000;
    await gantry.shiftTraffic({
      ...{ ...spec, host: 'exiting.localhost' },
      weights: [{ releaseId: spec.releaseId, weight: 100 }],
    });
    await until(
      () => test.ask('exiting.localhost', '/exit'),
      ({ status }) => status === 502,
    );
    const seen = await until(
      () => gantry.checkHealth(spec, since),
      ({ state }) => state === 'unhealthy',
    );
    expect(seen).toMatchObject({ detail: expect.stringContaining('exited with code 7 after it had started well') });
    // Failures before the first healthy answer do not count.
    await until(
      () => gantry.checkHealth(spec, Date.now() + 60_000),
      ({ state }) => state === 'healthy',
    );
  });
});

describe('a cron service', () => {
  it('runs by its schedule once switched on, and no other release of it does', async () => {
    const image = await script('console.log("tick of", process.env.GREETING);');
    const first = release({ kind: 'cron', port: null, schedule: '* * * * *', image });
    const second = { ...first, releaseId: newId('release'), generation: 2, variables: { GREETING: 'the second' } };
    for (const spec of [first, second]) {
      await gantry.applyRelease(spec);
      expect(await gantry.watchRelease(spec, PATIENCE)).toEqual({ healthy: true });
      await gantry.switchCron(spec.environmentId, spec.serviceId, spec.releaseId, spec.generation);
    }
    ahead += 61_000;
    for (const { environmentId, releaseId } of [first, second]) {
      const path = `/apis/batch/v1/namespaces/${toKubernetesName(environmentId)}/cronjobs/${toKubernetesName(releaseId)}`;
      const look = { metadata: { annotations: { 'test/minute': String(ahead) } } };
      await test.api('PATCH', path, look, { type: 'application/merge-patch+json' });
    }
    const ticks = () => test.lines.map(({ line }) => line.message).filter((text) => text.startsWith('tick of'));
    await until(
      async () => ticks(),
      (seen) => seen.length > 0,
    );
    expect(new Set(ticks())).toEqual(new Set(['tick of the second']));
  });
});
