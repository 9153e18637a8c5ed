import type { ContainerStatus, Deployment, Pod } from '@gantry/cloud/kubernetes/types.ts';
import { endLine, endOf } from '@gantry/cluster/exits.ts';
import { observeReplicas } from '@gantry/cluster/health.ts';
import type { ReleaseSpec } from '@gantry/cluster/spec.ts';
import { describe, expect, it } from '@jest/globals';
import { ago, NOW, spec as release } from './release-spec.ts';

const spec: ReleaseSpec = { ...release, scaling: { minReplicas: 2, maxReplicas: 4 } };
const wanting = (replicas: number) => ({ spec: { replicas } }) as Deployment;

function pod(status: Partial<ContainerStatus>, ready: boolean, readySince = 60, name = 'pod-1'): Pod {
  const container = { name: 'app', image: '', imageID: '', ready, started: true, restartCount: 0, ...status };
  const condition = { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: ago(readySince) };
  return { metadata: { name }, status: { containerStatuses: [container], conditions: [condition] } };
}

const runningFor = (seconds: number) => ({ running: { startedAt: ago(seconds) } });
const ended = (secondsAgo: number, ranSeconds: number, exitCode = 1) => ({
  terminated: { exitCode, startedAt: ago(secondsAgo + ranSeconds), finishedAt: ago(secondsAgo) },
});
const well = (name: string) => pod({ state: runningFor(600) }, true, 600, name);
const observe = (wanted: number, ...pods: Pod[]) => observeReplicas(spec, wanting(wanted), pods, NOW);

describe('the health of a live release', () => {
  it('is stopped when no replica is wanted, and healthy when enough are ready', () => {
    expect(observe(0).state).toBe('stopped');
    expect(observe(2, well('a'), well('b'))).toMatchObject({ state: 'healthy', running: 2, wanted: 2 });
    // A third replica, for more load, is starting.
    expect(observe(3, well('a'), well('b'), pod({ started: false, state: runningFor(1) }, false)).state).toBe(
      'healthy',
    );
  });

  it('is degraded when some replicas are not ready, and says how many are', () => {
    const silent = pod({ state: runningFor(600) }, false, 30);
    expect(observe(2, well('a'), silent)).toMatchObject({
      state: 'degraded',
      running: 1,
      detail: expect.stringMatching(/^1 of 2 instances are ready\. The app does not answer\./),
    });
  });

  it('ignores a replica that is unready for a moment', () => {
    expect(observe(2, well('a'), pod({ state: runningFor(600) }, false, 2))).toMatchObject({
      state: 'healthy',
      lookInMs: 5000,
    });
  });

  it('A23: is crashing from the second exit on, even while the app runs again', () => {
    const once = pod({ restartCount: 1, lastState: ended(1, 8), state: runningFor(1) }, true, 1);
    expect(observe(1, once).state).toBe('degraded');
    const again = pod({ restartCount: 2, lastState: ended(5, 8), state: runningFor(5) }, true, 5);
    expect(observe(1, again)).toMatchObject({ state: 'crashing', restarts: 2 });
    const waits = {
      waiting: { reason: 'CrashLoopBackOff', message: 'back-off 2m40s restarting failed container=app' },
    };
    expect(observe(1, pod({ restartCount: 4, lastState: ended(5, 8), state: waits }, false))).toMatchObject({
      state: 'crashing',
      detail: expect.stringContaining('exited with code 1 after 8 s'),
    });
  });

  it('is healthy again after the app ran for a minute, however often it exited before', () => {
    const steady = (seconds: number) =>
      pod({ restartCount: 7, lastState: ended(seconds, 8), state: runningFor(seconds) }, true, seconds);
    const late = pod({ restartCount: 7, lastState: ended(61, 8), state: runningFor(61) }, true, 61, 'b');
    expect(observe(2, steady(59), late)).toMatchObject({ state: 'crashing', lookInMs: 3000 });
    expect(observe(2, steady(61), late).state).toBe('healthy');
  });

  it('is not crashing when an app exits after a long run', () => {
    const rare = pod({ restartCount: 3, lastState: ended(20, 3600), state: runningFor(20) }, true, 20);
    expect(observe(2, well('a'), rare).state).toBe('healthy');
  });

  it('is starting while pods are on their way, and says what they wait for', () => {
    const pending: Pod = {
      metadata: { name: 'a' },
      status: { conditions: [{ type: 'PodScheduled', status: 'False', message: '0/1 nodes are available' }] },
    };
    expect(observe(1, pending)).toMatchObject({
      state: 'starting',
      detail: expect.stringContaining('No node has room'),
    });
  });
});

describe('the line of an exit', () => {
  const line = (status: Partial<ContainerStatus>) => endOf(pod(status, false)).map(endLine)[0];

  it.each([
    [
      { state: { waiting: { message: 'back-off 10s restarting failed container=app' } }, lastState: ended(1, 8) },
      'exited with code 1 after 8 s; it restarts in 10 s.',
    ],
    [
      { state: { waiting: { message: 'back-off 2m40s restarting failed container=app' } }, lastState: ended(1, 8) },
      'exited with code 1 after 8 s; it restarts in 160 s.',
    ],
    [
      { state: runningFor(1), lastState: ended(1, 8, 137) },
      'was killed by signal 9 (exit code 137) after 8 s; it was started again.',
    ],
  ])('says how it ended and what comes next: %#', (status, words) => {
    expect(line(status)).toBe(`Instance pod-1 ${words}`);
  });
});
