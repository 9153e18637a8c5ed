import type { ContainerStatus, Deployment, Job, Pod } from '@gantry/cloud/kubernetes/types.ts';
import { diagnose, diagnoseServing } from '@gantry/cluster/diagnosis.ts';
import { diagnoseCommand } from '@gantry/cluster/release-command.ts';
import type { ReleaseSpec } from '@gantry/cluster/spec.ts';
import { describe, expect, it } from '@jest/globals';
import { ago, NOW, spec } from './release-spec.ts';

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
  it('is healthy when every replica is available, and not before', () => {
    expect(judge(deployment(2)).state).toBe('healthy');
    expect(judge(deployment(1)).state).toBe('waiting');
    expect(judge(deployment(2, 0)).state).toBe('waiting');
    expect(judge(undefined).state).toBe('waiting');
  });

  it('allows an app one exit', () => {
    expect(judge(deployment(0), podWith({ state: exited(1, 2) })).state).toBe('waiting');
    const restarted = podWith({ restartCount: 1, lastState: exited(1, 2), state: { running: { startedAt: ago(1) } } });
    expect(judge(deployment(0), restarted).state).toBe('waiting');
  });

  it('names the exit code of an app that keeps exiting', () => {
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

  it('tells an app that ran out of memory from an app that exited', () => {
    const killed = podWith({ restartCount: 2, lastState: exited(137, 2, 'OOMKilled') });
    expect(judge(deployment(0), killed)).toMatchObject({ detail: expect.stringContaining('more memory') });
  });

  it("waits for the service's time limit, and then says that the app does not listen", () => {
    const running = (seconds: number) => podWith({ state: { running: { startedAt: ago(seconds) } } });
    expect(judge(deployment(0), running(29))).toMatchObject({ state: 'waiting', recheckAt: NOW + 1000 });
    expect(judge(deployment(0), running(30))).toMatchObject({
      state: 'unhealthy',
      detail: expect.stringMatching(/does not listen on \$PORT within 30 s.*PORT/s),
    });
  });

  it('tells an app that the cluster stopped for not listening from one that exited by itself', () => {
    const stopped = podWith({ restartCount: 1, lastState: exited(137, 30), state: { running: { startedAt: ago(1) } } });
    expect(judge(deployment(0), stopped)).toMatchObject({ detail: expect.stringContaining('does not listen') });
  });

  it('reads the dates of a list and the texts of a watch alike', () => {
    const text = JSON.parse(JSON.stringify(podWith({ state: { running: { startedAt: ago(31) } } }))) as Pod;
    expect(judge(deployment(0), text).state).toBe('unhealthy');
  });

  it.each([
    ['ImagePullBackOff', 'could not be pulled from the registry'],
    ['CreateContainerConfigError', 'could not be configured'],
  ])('fails at once at %s', (reason, words) => {
    const stuck = podWith({ state: { waiting: { reason, message: 'no such thing' } } });
    expect(judge(deployment(0), stuck)).toMatchObject({
      state: 'unhealthy',
      detail: expect.stringMatching(new RegExp(`${words}: no such thing\\. .*[Dd]eploy again`)),
    });
  });

  it('passes on why the cluster refuses to create pods', () => {
    const refused: Deployment = {
      ...deployment(0),
      status: {
        conditions: [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota: limits.memory' }],
      },
    };
    expect(judge(refused)).toMatchObject({ state: 'unhealthy', detail: expect.stringContaining('exceeded quota') });
  });

  it('says that a pod without a node waits for room', () => {
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

describe('the remedy of a diagnosis', () => {
  const waitingFor = (reason: string, message: string) =>
    judge(deployment(0), podWith({ state: { waiting: { reason, message } } }));

  it.each([
    ['CreateContainerConfigError', 'Error: container has runAsNonRoot and image will run as root', 'USER 1000'],
    ['RunContainerError', 'exec /bin/sh: exec format error', 'Build it for linux/arm64'],
    ['ImagePullBackOff', 'no match for platform in manifest: not found', 'Build it for linux/arm64'],
    ['ImagePullBackOff', 'manifest unknown', 'manifest unknown. If the image is gone, deploy again'],
  ])('for %s: %s', (reason, message, words) => {
    expect(waitingFor(reason, message)).toMatchObject({ state: 'unhealthy', detail: expect.stringContaining(words) });
  });

  it('for a full quota is to make room', () => {
    const conditions = [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota: environment' }];
    expect(judge({ ...deployment(0), status: { conditions } })).toMatchObject({
      detail: expect.stringMatching(/no room left.*Remove or shrink a service/),
    });
  });

  it('for an app without contact to the load balancer is to wait for it', () => {
    const ready = podWith({ ready: true, state: { running: { startedAt: ago(60) } } });
    expect(judge(deployment(0), ready)).toMatchObject({
      state: 'waiting',
      detail: expect.stringContaining('the load balancer does not reach it yet'),
    });
  });
});

describe('the diagnosis of a worker', () => {
  const worker: ReleaseSpec = { ...spec, kind: 'worker', port: null };

  it('does not mistake a long run that ended for an app that never listened', () => {
    const ended = podWith({ restartCount: 1, state: exited(0, 60) });
    expect(diagnose(worker, deployment(0), [ended], NOW)).toMatchObject({
      detail: expect.stringContaining('a worker must keep running'),
    });
  });

  it('waits for a running worker, however long that takes', () => {
    const running = podWith({ ready: true, state: { running: { startedAt: ago(600) } } });
    expect(diagnose(worker, deployment(0), [running], NOW).state).toBe('waiting');
  });
});

describe('a look at a live release', () => {
  const look = (found: Deployment, since: number, ...pods: Pod[]) => diagnoseServing(spec, found, pods, since);
  const restarted = (end: ContainerStatus['state']) =>
    podWith({
      ready: true,
      restartCount: 1,
      ...(end && { lastState: end }),
      state: { running: { startedAt: ago(0) } },
    });

  it('finds the release healthy with all replicas, and unhealthy with fewer', () => {
    expect(look(deployment(2), 0).state).toBe('healthy');
    expect(look(deployment(1), 0)).toMatchObject({
      state: 'unhealthy',
      detail: expect.stringMatching(/^Only 1 of 2 replicas.*accepts connections on \$PORT/),
    });
  });

  it('counts a restart as a fault, but not one from before the release was healthy', () => {
    const crashed = restarted(exited(5, 90));
    expect(look(deployment(2), NOW - 60_000, crashed)).toMatchObject({
      state: 'unhealthy',
      pod: 'pod-1',
      detail: expect.stringContaining('exited with code 5 after it had started well'),
    });
    expect(look(deployment(2), NOW, crashed).state).toBe('healthy');
  });

  it('tells an app out of memory and one that stopped answering from one that crashed', () => {
    const detailOf = (...end: Parameters<typeof exited>) => {
      const seen = look(deployment(2), 0, restarted(exited(...end)));
      return 'detail' in seen ? seen.detail : '';
    };
    expect(detailOf(137, 90, 'OOMKilled')).toContain('more memory than it may (512Mi)');
    expect(detailOf(137, 90)).toContain('no longer answered for a minute');
    expect(detailOf(143, 90)).toContain('no longer answered for a minute');
  });
});

describe('the diagnosis of a release command', () => {
  const job = (type?: string, reason = ''): Job => ({
    spec: { activeDeadlineSeconds: 70, template: {} },
    status: {
      conditions: type === undefined ? [] : [{ type, status: 'True', reason, lastTransitionTime: new Date(NOW) }],
    },
  });

  it('waits for the cluster’s result', () => {
    expect(diagnoseCommand(spec, undefined, [], NOW).state).toBe('waiting');
    expect(diagnoseCommand(spec, job(), [podWith({ state: exited(0, 3) })], NOW).state).toBe('waiting');
    expect(diagnoseCommand(spec, job('Complete'), [], NOW).state).toBe('healthy');
  });

  it.each([
    ['its exit code', podWith({ state: exited(3, 3) }), 'BackoffLimitExceeded', 'exit code 3'],
    ['memory', podWith({ state: exited(137, 3, 'OOMKilled') }), 'BackoffLimitExceeded', 'more memory than it may'],
    ['its time', podWith({}), 'DeadlineExceeded', 'did not end within 70 s'],
  ])('names %s as the cause', (_, pod, reason, words) => {
    const seen = diagnoseCommand(spec, job('Failed', reason), [pod], NOW);
    expect(seen).toMatchObject({ state: 'unhealthy', pod: 'pod-1', detail: expect.stringContaining(words) });
  });

  it('waits three seconds after a failure for the end of the pod, which can be reported later', () => {
    const failed = job('Failed', 'BackoffLimitExceeded');
    for (const pods of [[], [podWith({ state: { running: {} } })]]) {
      expect(diagnoseCommand(spec, failed, pods, NOW)).toMatchObject({ state: 'waiting', recheckAt: NOW + 3_000 });
      expect(diagnoseCommand(spec, failed, pods, NOW + 3_000)).toMatchObject({
        state: 'unhealthy',
        detail: expect.stringContaining('was stopped by the cluster'),
      });
    }
  });

  it('fails at once when the image is gone', () => {
    const stuck = podWith({ state: { waiting: { reason: 'ImagePullBackOff', message: 'manifest unknown' } } });
    expect(diagnoseCommand(spec, job(), [stuck], NOW)).toMatchObject({ state: 'unhealthy' });
  });
});
