import type { ContainerStatus, Deployment, Pod } from '@gantry/cloud/kubernetes/types.ts';
import { newId } from '@gantry/contract/ids.ts';
import { diagnose } from '@gantry/core/cluster/diagnosis.ts';
import type { ReleaseSpec } from '@gantry/core/cluster/spec.ts';
import { describe, expect, it } from '@jest/globals';

const NOW = Date.parse('2026-11-20T10:00:00Z');
const spec: ReleaseSpec = {
  teamId: newId('team'),
  projectId: newId('project'),
  environmentId: newId('environment'),
  serviceId: newId('service'),
  releaseId: newId('release'),
  generation: 1,
  kind: 'web',
  image: 'registry.example/shop@sha256:0',
  port: 8080,
  variables: {},
  health: { path: null, timeoutSeconds: 30 },
  size: 'small',
  scaling: { minReplicas: 2, maxReplicas: 2 },
  replicas: 2,
};

const ago = (seconds: number) => new Date(NOW - seconds * 1000);

function deployment(availableReplicas: number, observedGeneration = 1): Deployment {
  return { metadata: { generation: 1 }, status: { availableReplicas, observedGeneration } };
}

function podWith(status: Partial<ContainerStatus>): Pod {
  const container = { name: 'app', image: '', imageID: '', ready: false, restartCount: 0, ...status };
  return { metadata: { name: 'pod-1' }, status: { containerStatuses: [container] } };
}

const judge = (found: Deployment | undefined, ...pods: Pod[]) => diagnose(spec, found, pods, NOW);

function exited(exitCode: number, ranSeconds: number, reason = 'Error') {
  return { terminated: { exitCode, reason, startedAt: ago(ranSeconds + 1), finishedAt: ago(1) } };
}

describe('the diagnosis of a release', () => {
  it('is healthy once every replica is available, and not before', () => {
    expect(judge(deployment(2)).state).toBe('healthy');
    expect(judge(deployment(1)).state).toBe('waiting');
    expect(judge(deployment(2, 0)).state).toBe('waiting');
    expect(judge(undefined).state).toBe('waiting');
  });

  it('forgives an app one exit', () => {
    expect(judge(deployment(0), podWith({ state: exited(1, 2) })).state).toBe('waiting');
    const restarted = podWith({ restartCount: 1, lastState: exited(1, 2), state: { running: { startedAt: ago(1) } } });
    expect(judge(deployment(0), restarted).state).toBe('waiting');
  });

  it('tells with which code an app keeps exiting', () => {
    const twice = judge(deployment(0), podWith({ restartCount: 1, state: exited(3, 2) }));
    expect(twice).toMatchObject({ state: 'unhealthy', pod: 'pod-1' });
    expect(twice).toMatchObject({ detail: expect.stringContaining('exited with code 3') });
    const backingOff = podWith({
      restartCount: 1,
      lastState: exited(3, 2),
      state: { waiting: { reason: 'CrashLoopBackOff' } },
    });
    expect(judge(deployment(0), backingOff)).toMatchObject({ detail: expect.stringContaining('exited with code 3') });
  });

  it('tells an app that ran out of memory from one that exited', () => {
    const killed = podWith({ restartCount: 2, lastState: exited(137, 2, 'OOMKilled') });
    expect(judge(deployment(0), killed)).toMatchObject({ detail: expect.stringContaining('more memory') });
  });

  it('gives an app the time that its service allows to listen, then says that it does not', () => {
    const running = (seconds: number) => podWith({ state: { running: { startedAt: ago(seconds) } } });
    expect(judge(deployment(0), running(29))).toMatchObject({ state: 'waiting', recheckAt: NOW + 1000 });
    expect(judge(deployment(0), running(30))).toMatchObject({
      state: 'unhealthy',
      detail: expect.stringMatching(/does not listen on \$PORT within 30 s.*PORT/s),
    });
  });

  it('knows an app that the cluster stopped for not listening from one that exited by itself', () => {
    const stopped = podWith({ restartCount: 1, lastState: exited(137, 30), state: { running: { startedAt: ago(1) } } });
    expect(judge(deployment(0), stopped)).toMatchObject({ detail: expect.stringContaining('does not listen') });
  });

  it('reads the same from the dates of a list and the text of a watch', () => {
    const text = JSON.parse(JSON.stringify(podWith({ state: { running: { startedAt: ago(31) } } }))) as Pod;
    expect(judge(deployment(0), text).state).toBe('unhealthy');
  });

  it.each([
    ['ImagePullBackOff', 'could not be pulled from the registry'],
    ['CreateContainerConfigError', 'could not be configured'],
  ])('does not wait for %s to pass', (reason, words) => {
    const stuck = podWith({ state: { waiting: { reason, message: 'no such thing' } } });
    expect(judge(deployment(0), stuck)).toMatchObject({
      state: 'unhealthy',
      detail: expect.stringMatching(new RegExp(`${words}: no such thing\\.$`)),
    });
  });

  it('passes on why the cluster refuses to make pods', () => {
    const refused: Deployment = {
      ...deployment(0),
      status: {
        conditions: [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota: limits.memory' }],
      },
    };
    expect(judge(refused)).toMatchObject({ state: 'unhealthy', detail: expect.stringContaining('exceeded quota') });
  });

  it('says of a pod without a node that there is no room yet', () => {
    const pending: Pod = {
      metadata: { name: 'pod-1' },
      status: { conditions: [{ type: 'PodScheduled', status: 'False', message: '0/1 nodes are available' }] },
    };
    expect(judge(deployment(0), pending)).toMatchObject({
      state: 'waiting',
      detail: expect.stringContaining('No node has room'),
    });
  });
});
