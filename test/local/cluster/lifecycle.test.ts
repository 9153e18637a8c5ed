import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { endLeftovers, type ProcessRecord, recordOf } from '@gantry/local/cluster/kubelet/processes.ts';
import { Store } from '@gantry/local/kernel/store.ts';
import { describe, expect, it } from '@jest/globals';
import { podOf, processesOf } from '../../faults/processes.ts';
import { startTestCluster, until } from './harness.ts';
import {
  apply,
  created,
  deployment,
  podsOf,
  preparePlatform,
  route,
  scriptImage,
  serverImage,
  service,
} from './objects.ts';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const pidOf = (id: string) => Number(id.replace('process://', ''));

/** The processes of containers. */
const containersOf = (folder: string) => processesOf(folder).filter((each) => podOf(each, folder) !== undefined);

describe('the local cluster', () => {
  it('stops its apps when it stops, and runs them again at the next start', async () => {
    const test = await startTestCluster();
    try {
      await preparePlatform(test.api, 'shop');
      const stubborn = await scriptImage(test, `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);`);
      await created(
        apply(test.api, 'shop', deployment('stubborn', stubborn, { container: { readinessProbe: undefined } })),
      );
      await created(apply(test.api, 'shop', deployment('web', await serverImage(test, '1'))));
      await created(apply(test.api, 'shop', service('web')));
      await created(apply(test.api, 'shop', route('web', 'web.localhost', { web: 1 })));
      await until(
        () => test.ask('web.localhost'),
        ({ status }) => status === 200,
      );
      const statusOf = async (app: string) => (await podsOf(test.api, 'shop', app))[0]?.status?.containerStatuses?.[0];
      const before = await until(
        () => statusOf('stubborn'),
        (status) => status?.ready === true,
      );
      const web = await statusOf('web');
      await test.restart();
      expect([web, before].map(({ containerID }) => isAlive(pidOf(containerID)))).toEqual([false, false]);
      await until(
        () => test.ask('web.localhost'),
        ({ status }) => status === 200,
      );
      const after = await until(
        () => statusOf('web'),
        (status) => status?.ready === true,
      );
      expect(after).toMatchObject({ restartCount: 1, lastState: { terminated: { reason: 'Unknown' } } });
    } finally {
      await test.stop();
    }
  });

  it('leaves no app running after kill -9, and after the next start the app answers as one process', async () => {
    const program = join(import.meta.dirname, 'standalone.ts');
    const child = spawn(process.execPath, [program], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'] ?? '' },
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const folder = line.toString().trim();
    expect(containersOf(folder).length).toBeGreaterThan(0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await until(
      async () => containersOf(folder),
      (left) => left.length === 0,
    );
    const test = await startTestCluster(folder);
    try {
      const pods = await podsOf(test.api, 'shop', 'live');
      expect(pods.length).toBe(1);
      const last = await until(
        () => test.ask('live.localhost', '/env'),
        ({ status }) => status === 200,
      );
      const [pod] = await podsOf(test.api, 'shop', 'live');
      expect(pod.metadata.name).toBe(pods[0].metadata.name);
      const port = JSON.parse(last.text)['PORT'] as string;
      expect(JSON.parse(pod.metadata.annotations['local.gantry.dev/ports'])).toEqual({ 8080: Number(port) });
      const status = pod.status.containerStatuses[0];
      expect(status.restartCount).toBe(1);
    } finally {
      await test.stop();
    }
  });

  it('ends processes that an earlier one left, and none that has a reused process id', async () => {
    const sleeper = () => spawn('sleep', ['600'], { detached: true, stdio: 'ignore', env: { HOME: '/left' } });
    const [left, other] = [sleeper(), sleeper()];
    await Promise.all([once(left, 'spawn'), once(other, 'spawn')]);
    const ended = once(left, 'exit');
    const store = new Store(':memory:');
    try {
      const records = store.collection<ProcessRecord>('processes');
      records.put('left', recordOf(left.pid ?? 0, '/left'));
      records.put('other', { ...recordOf(other.pid ?? 0, '/elsewhere'), startTime: '1' });
      endLeftovers(records);
      expect(await ended).toEqual([null, 'SIGKILL']);
      expect([other.exitCode, other.signalCode, records.entries()]).toEqual([null, null, []]);
    } finally {
      store.close();
      other.kill('SIGKILL');
    }
  });
});
