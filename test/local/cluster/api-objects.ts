import { describe, expect, it } from '@jest/globals';
import type { Loose } from './api-answer.ts';
import { CONFIG_MAPS, configMap, idle, NS, test } from './api-fixture.ts';
import { created, pathOf } from './objects.ts';

describe('an object', () => {
  it('gets an identity, defaults, and a generation that follows its spec', async () => {
    const { body } = await test.api('POST', pathOf('Deployment', NS), idle('gen'));
    expect(body.metadata).toMatchObject({ generation: 1, namespace: NS });
    expect(body.spec).toMatchObject({
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%' } },
      progressDeadlineSeconds: 600,
    });
    expect(body.spec.template.spec.containers[0]).toMatchObject({
      imagePullPolicy: 'IfNotPresent',
      ports: [{ protocol: 'TCP' }],
    });
    const patched = await test.api(
      'PATCH',
      pathOf('Deployment', NS, 'gen'),
      { spec: { revisionHistoryLimit: 1 }, status: { replicas: 9 } },
      { type: 'application/merge-patch+json' },
    );
    expect(patched.body.metadata.generation).toBe(2);
    expect(patched.body.status?.replicas ?? 0).toBe(0);
    const labelled = await test.api(
      'PATCH',
      pathOf('Deployment', NS, 'gen'),
      { metadata: { labels: { a: 'b' } } },
      { type: 'application/merge-patch+json' },
    );
    expect(labelled.body.metadata.generation).toBe(2);
  });

  it('that is invalid is refused with every cause', async () => {
    const broken = {
      metadata: { name: 'Not_Valid' },
      spec: { replicas: -1, selector: {}, template: { spec: { containers: [{ name: 'a' }] } } },
    };
    const { status, body } = await test.api('POST', pathOf('Deployment', NS), broken);
    expect(status).toBe(422);
    expect(body).toMatchObject({
      reason: 'Invalid',
      details: { name: 'Not_Valid', group: 'apps', kind: 'Deployment' },
    });
    const fields = body.details.causes.map(({ field, reason }: Loose) => `${field} ${reason}`);
    expect(fields).toEqual([
      'metadata.name FieldValueInvalid',
      'spec.replicas FieldValueInvalid',
      'spec.selector FieldValueInvalid',
      'spec.template.spec.containers[0].image FieldValueRequired',
    ]);
    await created(test.api('POST', pathOf('Deployment', NS), idle('fixed')));
    const moved = await test.api(
      'PATCH',
      pathOf('Deployment', NS, 'fixed'),
      { spec: { selector: { matchLabels: { app: 'x' } } } },
      { type: 'application/merge-patch+json' },
    );
    const causes = [{ field: 'spec.template.metadata.labels' }, { field: 'spec.selector' }];
    expect(moved).toMatchObject({ status: 422, body: { details: { causes } } });
  });

  it('can be replaced only at its current version', async () => {
    const first = await created(test.api('POST', CONFIG_MAPS, configMap('versions', { a: '1' })));
    const second = await test.api('PUT', `${CONFIG_MAPS}/versions`, { ...first, data: { a: '2' } });
    expect(second.status).toBe(200);
    const stale = await test.api('PUT', `${CONFIG_MAPS}/versions`, { ...first, data: { a: '3' } });
    expect(stale).toMatchObject({ status: 409, body: { reason: 'Conflict' } });
    expect(stale.body.message).toContain('the object has been modified');
    const same = await test.api('PUT', `${CONFIG_MAPS}/versions`, second.body);
    expect(same.body.metadata.resourceVersion).toBe(second.body.metadata.resourceVersion);
  });

  it('is created once, in an existing namespace, and not by a dry run', async () => {
    await created(test.api('POST', `${CONFIG_MAPS}?dryRun=All`, configMap('dry')));
    expect((await test.api('GET', `${CONFIG_MAPS}/dry`)).status).toBe(404);
    await created(test.api('POST', CONFIG_MAPS, configMap('once')));
    expect(await test.api('POST', CONFIG_MAPS, configMap('once'))).toMatchObject({
      status: 409,
      body: { reason: 'AlreadyExists' },
    });
    const nowhere = await test.api('POST', '/api/v1/namespaces/nowhere/configmaps', configMap('x'));
    expect(nowhere).toMatchObject({ status: 404, body: { message: 'namespaces "nowhere" not found' } });
  });

  it('accepts merge, JSON and strategic patches, each by its own rules', async () => {
    const path = pathOf('Deployment', NS, 'patched');
    await created(
      test.api(
        'POST',
        pathOf('Deployment', NS),
        idle('patched', {
          container: {
            env: [
              { name: 'A', value: '1' },
              { name: 'B', value: '2' },
            ],
          },
        }),
      ),
    );
    const env = async () => (await test.api('GET', path)).body.spec.template.spec.containers[0].env;
    const strategic = (containers: Loose) =>
      test.api(
        'PATCH',
        path,
        { spec: { template: { spec: { containers } } } },
        { type: 'application/strategic-merge-patch+json' },
      );
    await created(
      strategic([
        {
          name: 'app',
          env: [
            { name: 'B', value: '3' },
            { name: 'C', value: '4' },
          ],
        },
      ]),
    );
    expect(await env()).toEqual([
      { name: 'A', value: '1' },
      { name: 'B', value: '3' },
      { name: 'C', value: '4' },
    ]);
    await created(
      strategic([
        { name: 'app', env: [{ name: 'A', $patch: 'delete' }], '$setElementOrder/env': [{ name: 'C' }, { name: 'B' }] },
      ]),
    );
    expect((await env()).map(({ name }: Loose) => name)).toEqual(['C', 'B']);
    const at = '/spec/template/spec/containers/0/env';
    const json = [
      { op: 'test', path: `${at}/0/name`, value: 'C' },
      { op: 'remove', path: `${at}/0` },
      { op: 'add', path: `${at}/-`, value: { name: 'D', value: '5' } },
    ];
    await created(test.api('PATCH', path, json, { type: 'application/json-patch+json' }));
    expect((await env()).map(({ name }: Loose) => name)).toEqual(['B', 'D']);
    const failed = await test.api('PATCH', path, json, { type: 'application/json-patch+json' });
    expect(failed.status).toBe(422);
    expect((await test.api('PATCH', path, 'x', { type: 'text/plain' })).status).toBe(415);
  });

  it('can be listed and deleted by labels and fields', async () => {
    for (const [name, tier] of [
      ['one', 'a'],
      ['two', 'b'],
      ['three', 'b'],
    ])
      await created(test.api('POST', CONFIG_MAPS, configMap(`sel-${name}`, {}, { labels: { tier } })));
    const names = async (query: string) =>
      (await test.api('GET', `${CONFIG_MAPS}?${query}`)).body.items.map(({ metadata }: Loose) => metadata.name);
    expect(await names('labelSelector=tier%3Db')).toEqual(['sel-three', 'sel-two']);
    expect(await names(`labelSelector=${encodeURIComponent('tier in (a,b),tier!=b')}`)).toEqual(['sel-one']);
    expect(await names(`labelSelector=tier&fieldSelector=metadata.name%3Dsel-two`)).toEqual(['sel-two']);
    await created(test.api('DELETE', `${CONFIG_MAPS}?labelSelector=tier%3Db`));
    expect(await names('labelSelector=tier')).toEqual(['sel-one']);
  });
});
