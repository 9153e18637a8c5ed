import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Loose } from './api-answer.ts';
import { embeddedOnly } from './embedded-only.ts';
import { startTestCluster, type TestCluster, until } from './harness.ts';
import { created, deployment, pathOf, preparePlatform, serverImage } from './objects.ts';

const NS = 'seen';
const PATH = `/api/v1/namespaces/${NS}/configmaps`;
let test: TestCluster;

beforeAll(async () => {
  test = await startTestCluster();
  await preparePlatform(test.api, NS);
});
afterAll(() => test.stop());

const make = (name: string, labels: Loose = {}) => created(test.api('POST', PATH, { metadata: { name, labels } }));
const label = (name: string, labels: Loose) =>
  created(test.api('PATCH', `${PATH}/${name}`, { metadata: { labels } }, { type: 'application/merge-patch+json' }));

/** Watches until it is stopped, and collects the events as `TYPE name`. */
async function watching(query: string) {
  const events: Loose[] = [];
  const stream = await test.watch(`${PATH}?watch=1&${query}`, (event) => events.push(event));
  const seen = () => events.map(({ type, object }) => `${type} ${object.metadata.name}`);
  return { ...stream, events, seen };
}

describe('a watch', () => {
  it('continues from a list without a gap and in order', async () => {
    await make('before');
    const { metadata } = (await test.api('GET', PATH)).body;
    await make('between');
    const watch = await watching(`resourceVersion=${metadata.resourceVersion}`);
    await Promise.all(Array.from({ length: 50 }, (_, at) => make(`many-${at}`)));
    await created(test.api('DELETE', `${PATH}/between`));
    await until(
      async () => watch.events.length,
      (count) => count >= 52,
    );
    watch.stop();
    const versions = watch.events.map(({ object }) => Number(object.metadata.resourceVersion));
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
    expect(watch.seen()[0]).toBe('ADDED between');
    expect(watch.seen().at(-1)).toBe('DELETED between');
    expect(new Set(watch.seen()).size).toBe(52);
  });

  it('with a selector reports when an object starts and stops matching', async () => {
    const watch = await watching(`labelSelector=${encodeURIComponent('watched=yes')}&resourceVersion=`);
    await make('turning');
    await label('turning', { watched: 'yes' });
    await label('turning', { watched: 'yes', more: '1' });
    await label('turning', { watched: null });
    await until(
      async () => watch.events.length,
      (count) => count >= 3,
    );
    watch.stop();
    expect(watch.seen()).toEqual(['ADDED turning', 'MODIFIED turning', 'DELETED turning']);
  });

  it('starts with the existing objects on request, and marks their end', async () => {
    const watch = await watching(
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&fieldSelector=metadata.name%3Dbefore',
    );
    await until(
      async () => watch.events.length,
      (count) => count === 2,
    );
    watch.stop();
    expect(watch.events.map(({ type }) => type)).toEqual(['ADDED', 'BOOKMARK']);
    expect(watch.events[1].object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
  });

  embeddedOnly('the server is not restarted')(
    'ends at its time limit, and gets 410 for a version from before a restart',
    async () => {
      const ended = await watching('timeoutSeconds=1&resourceVersion=0');
      await ended.done;
      const old = (await test.api('GET', PATH)).body.metadata.resourceVersion;
      await make('later');
      await test.restart();
      const gone = await test.api('GET', `${PATH}?watch=1&resourceVersion=${old}`);
      expect(gone).toMatchObject({ status: 200, body: { type: 'ERROR', object: { reason: 'Expired', code: 410 } } });
      const after = await make('after-restart');
      expect(Number(after.metadata.resourceVersion)).toBeGreaterThan(Number(old));
    },
  );
});

describe('deletion', () => {
  embeddedOnly('there is no node to run pods')('of a namespace deletes everything in it, its pods too', async () => {
    const image = await serverImage(test, '1');
    await created(test.api('POST', '/api/v1/namespaces', { metadata: { name: 'doomed' } }));
    await created(test.api('POST', pathOf('Deployment', 'doomed'), deployment('web', image)));
    await created(test.api('POST', pathOf('Secret', 'doomed'), { metadata: { name: 's' } }));
    await until(
      () => test.api('GET', pathOf('Pod', 'doomed')),
      ({ body }) => body.items[0]?.status?.containerStatuses?.[0]?.ready === true,
    );
    const { body } = await test.api('DELETE', '/api/v1/namespaces/doomed');
    expect(body.status).toEqual({ phase: 'Terminating' });
    const late = await test.api('POST', pathOf('Secret', 'doomed'), { metadata: { name: 'late' } });
    expect(late).toMatchObject({ status: 403, body: { reason: 'Forbidden' } });
    await until(
      () => test.api('GET', '/api/v1/namespaces/doomed'),
      ({ status }) => status === 404,
    );
    for (const kind of ['Pod', 'Secret', 'Deployment'])
      expect((await test.api('GET', pathOf(kind, 'doomed'))).body.items).toEqual([]);
  });

  it('deletes dependents before or after their owner, or keeps them, as requested', async () => {
    const owner = await make('owner');
    const owned = (name: string) => {
      const reference = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        name: 'owner',
        uid: owner.metadata.uid,
        blockOwnerDeletion: true,
      };
      return created(
        test.api('POST', PATH, {
          metadata: { name, ownerReferences: [reference], finalizers: name === 'held' ? ['example.com/hold'] : [] },
        }),
      );
    };
    await owned('held');
    const foreground = await test.api('DELETE', `${PATH}/owner`, { propagationPolicy: 'Foreground' });
    expect(foreground.body.metadata.finalizers).toEqual(['foregroundDeletion']);
    await until(
      () => test.api('GET', `${PATH}/held`),
      ({ body }) => body.metadata.deletionTimestamp !== undefined,
    );
    expect((await test.api('GET', `${PATH}/owner`)).status).toBe(200);
    await created(
      test.api('PATCH', `${PATH}/held`, { metadata: { finalizers: null } }, { type: 'application/merge-patch+json' }),
    );
    await until(
      () => test.api('GET', `${PATH}/owner`),
      ({ status }) => status === 404,
    );

    const image = await serverImage(test, '1');
    const path = pathOf('Deployment', NS, 'orphaning');
    await created(test.api('POST', pathOf('Deployment', NS), deployment('orphaning', image, { replicas: 0 })));
    const sets = () => test.api('GET', `/apis/apps/v1/namespaces/${NS}/replicasets?labelSelector=app%3Dorphaning`);
    await until(sets, ({ body }) => body.items.length === 1);
    await created(test.api('DELETE', path, { propagationPolicy: 'Orphan' }));
    const [left] = (await until(sets, ({ body }) => (body.items[0]?.metadata.ownerReferences ?? []).length === 0)).body
      .items;
    expect(left.metadata.deletionTimestamp).toBeUndefined();
  });
});
