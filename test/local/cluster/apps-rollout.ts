import { describe, expect, it } from '@jest/globals';
import type { Loose } from './api-answer.ts';
import { containerOf, deployServer, NS, remove, test } from './apps-fixture.ts';
import { until } from './harness.ts';
import { apply, created, deployment, pathOf, podsOf, scriptImage, serverImage } from './objects.ts';

describe('a rollout', () => {
  it('moves to a new version without a failed request', async () => {
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

  it('keeps the old version serving while the new one is not ready', async () => {
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
