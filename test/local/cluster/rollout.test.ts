import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Loose } from './api-answer.ts';
import { startTestCluster, type TestCluster, until } from './harness.ts';
import { apply, created, deployment, pathOf, podsOf } from './objects.ts';

/** What every cluster's controllers do before a pod runs: these pods' image does not exist. */
const NS = 'rollouts';
const DEPLOYMENT = pathOf('Deployment', NS, 'web');
const SETS = `/apis/apps/v1/namespaces/${NS}/replicasets?labelSelector=app%3Dweb`;
let test: TestCluster;

beforeAll(async () => {
  test = await startTestCluster();
  await created(
    test.api('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NS } }),
  );
  await until(
    () => apply(test.api, NS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'ready' } }),
    ({ status }) => status < 300,
  );
});
afterAll(() => test.stop());

const web = (version: string, replicas: number, spec: Loose = {}) =>
  apply(test.api, NS, deployment('web', `registry.test/app:${version}`, { replicas, spec }));

/** The revision, the wanted pods and the existing pods of each ReplicaSet, in the order of the revisions. */
async function sets(): Promise<string[]> {
  const { body } = await test.api('GET', SETS);
  const told = body.items.map(({ metadata, spec, status }: Loose) => {
    const revision = metadata.annotations?.['deployment.kubernetes.io/revision'];
    return `${revision}: ${spec.replicas} of ${status?.replicas ?? 0}`;
  });
  return told.sort();
}

const become = (...wanted: string[]) => until(sets, (seen) => JSON.stringify(seen) === JSON.stringify(wanted));

describe('the controllers of a cluster', () => {
  it('create a ReplicaSet and its pods, each owned by the one above', async () => {
    await created(web('1', 2));
    await become('1: 2 of 2');
    const owner = (await test.api('GET', DEPLOYMENT)).body.metadata.uid;
    const [set] = (await test.api('GET', SETS)).body.items;
    expect(set.metadata.ownerReferences).toMatchObject([{ kind: 'Deployment', uid: owner, controller: true }]);
    const hash = set.metadata.labels['pod-template-hash'];
    expect(set.metadata.name).toBe(`web-${hash}`);
    for (const pod of await podsOf(test.api, NS, 'web')) {
      expect(pod.metadata.labels).toEqual({ app: 'web', 'pod-template-hash': hash });
      expect(pod.metadata.ownerReferences).toMatchObject([
        { kind: 'ReplicaSet', uid: set.metadata.uid, controller: true },
      ]);
    }
  });

  it('replace a deleted pod, and follow the scale', async () => {
    const [pod] = await podsOf(test.api, NS, 'web');
    await created(test.api('DELETE', `${pathOf('Pod', NS, pod.metadata.name)}?gracePeriodSeconds=0`));
    await until(
      () => podsOf(test.api, NS, 'web'),
      (pods) => pods.length === 2 && pods.every(({ metadata }) => metadata.uid !== pod.metadata.uid),
    );
    await created(web('1', 0));
    await become('1: 0 of 0');
  });

  it('keep one ReplicaSet per template, and count revisions up at a rollback', async () => {
    await created(web('2', 0));
    await become('1: 0 of 0', '2: 0 of 0');
    await created(web('1', 0));
    await become('2: 0 of 0', '3: 0 of 0');
    const { body } = await until(
      () => test.api('GET', DEPLOYMENT),
      (each) => each.body.metadata.annotations['deployment.kubernetes.io/revision'] === '3',
    );
    expect(body.metadata.generation).toBe(4);
  });

  it('do nothing for a paused Deployment, and report one without progress', async () => {
    await created(web('4', 0, { paused: true }));
    await until(
      () => test.api('GET', DEPLOYMENT),
      ({ body }) => body.status.observedGeneration === body.metadata.generation,
    );
    expect((await sets()).length).toBe(2);
    await created(web('4', 1, { progressDeadlineSeconds: 1 }));
    await become('2: 0 of 0', '3: 0 of 0', '4: 1 of 1');
    const { body } = await until(
      () => test.api('GET', DEPLOYMENT),
      (each) => each.body.status.conditions.some(({ reason }: Loose) => reason === 'ProgressDeadlineExceeded'),
    );
    expect(body.status).toMatchObject({ replicas: 1, updatedReplicas: 1, unavailableReplicas: 1 });
    expect(body.status.availableReplicas).toBeUndefined();
  });

  it('delete the ReplicaSets and pods of a deleted Deployment', async () => {
    await created(test.api('DELETE', DEPLOYMENT));
    await until(sets, (seen) => seen.length === 0);
    await until(
      () => podsOf(test.api, NS, 'web'),
      (pods) => pods.length === 0,
    );
  });
});
