import { describe, expect, it } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { KubernetesObjectApi } from '@kubernetes/client-node/dist/object.js';
import { PatchStrategy } from '@kubernetes/client-node/dist/patch.js';
import type { Loose } from './api-answer.ts';
import { CONFIG_MAPS, configMap, idle, NS, test } from './api-fixture.ts';
import { embeddedOnly } from './embedded-only.ts';
import { until } from './harness.ts';
import { apply, created, deployment, pathOf, serverImage } from './objects.ts';

describe('server-side apply', () => {
  it('tracks owners: a conflict names them, force takes over, and fields left out are removed', async () => {
    await created(apply(test.api, NS, configMap('owned', { a: '1', b: '1' }), 'first'));
    const conflicting = await apply(test.api, NS, configMap('owned', { a: '2' }), 'second');
    expect(conflicting.status).toBe(409);
    expect(conflicting.body).toMatchObject({
      reason: 'Conflict',
      details: {
        causes: [{ reason: 'FieldManagerConflict', field: '.data.a', message: 'conflict with "first"' }],
      },
    });
    expect((await apply(test.api, NS, configMap('owned', { a: '1', c: '3' }), 'second')).status).toBe(200);
    const forced = await test.api(
      'PATCH',
      `${CONFIG_MAPS}/owned?fieldManager=second&force=true`,
      configMap('owned', { a: '2' }),
      { type: 'application/apply-patch+yaml' },
    );
    expect(forced.body.data).toEqual({ a: '2', b: '1' });
    const left = await apply(test.api, NS, configMap('owned', { b: '1' }), 'first');
    expect(left.body.data).toEqual({ a: '2', b: '1' });
    const gone = await apply(test.api, NS, configMap('owned', {}), 'first');
    expect(gone.body.data).toEqual({ a: '2' });
    expect(
      (await test.api('PATCH', `${CONFIG_MAPS}/owned`, configMap('owned'), { type: 'application/apply-patch+yaml' }))
        .status,
    ).toBe(422);
  });

  it('changes nothing when repeated, and merges lists by their keys', async () => {
    const image = await serverImage(test, '1');
    const config = deployment('ssa', image, {
      replicas: 0,
      container: { env: [{ name: 'A', value: '1' }], ports: [{ containerPort: 8080 }] },
    });
    const first = await created(apply(test.api, NS, config));
    const settled = await until(
      () => test.api('GET', pathOf('Deployment', NS, 'ssa')),
      ({ body }) => body.status?.conditions?.some(({ reason }: Loose) => reason === 'NewReplicaSetAvailable'),
    );
    const again = await apply(test.api, NS, config);
    expect(again.body.metadata.resourceVersion).toBe(settled.body.metadata.resourceVersion);
    expect(first.metadata.managedFields[0]).toMatchObject({ manager: 'gantry', operation: 'Apply' });
    const container = { name: 'app', env: [{ name: 'B', value: '2' }] };
    const partial = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'ssa' },
      spec: { template: { spec: { containers: [container] } } },
    };
    const other = await created(apply(test.api, NS, partial, 'other'));
    expect(other.spec.template.spec.containers[0]).toMatchObject({
      image,
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ],
      ports: [{ containerPort: 8080 }],
    });
  });

  it('conflicts with a value set by an update', async () => {
    await created(apply(test.api, NS, idle('scaled')));
    await created(
      test.api(
        'PATCH',
        `${pathOf('Deployment', NS, 'scaled')}/scale?fieldManager=operator`,
        { spec: { replicas: 0 } },
        { type: 'application/merge-patch+json' },
      ),
    );
    await created(
      test.api(
        'PATCH',
        `${pathOf('Deployment', NS, 'scaled')}?fieldManager=operator`,
        { spec: { revisionHistoryLimit: 3 } },
        { type: 'application/merge-patch+json' },
      ),
    );
    const config = idle('scaled', { spec: { revisionHistoryLimit: 5 } });
    const { status, body } = await apply(test.api, NS, config);
    expect(status).toBe(409);
    expect(body.message).toBe(
      'Apply failed with 1 conflict: conflict with "operator" using apps/v1: .spec.revisionHistoryLimit',
    );
  });
});

describe('the Kubernetes client of the functions', () => {
  embeddedOnly('it serves no plain http')('applies and reads objects over plain HTTP', async () => {
    const config = new KubeConfig();
    const server = test.cluster().server();
    config.loadFromClusterAndUser({ name: 'c', server, skipTLSVerify: true }, { name: 'u', token: 'admin' });
    const objects = KubernetesObjectApi.makeApiClient(config);
    const spec = { ...configMap('by-client', { a: '1' }), metadata: { name: 'by-client', namespace: NS } };
    await objects.patch(spec, undefined, undefined, 'gantry', true, PatchStrategy.ServerSideApply);
    const read = await objects.read<Loose>({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'by-client', namespace: NS },
    });
    expect(read.data).toEqual({ a: '1' });
    const failure = await objects
      .read({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'nobody', namespace: NS } })
      .catch((error: Loose) => error);
    expect(failure.code).toBe(404);
    expect(JSON.parse(failure.body)).toMatchObject({ kind: 'Status', reason: 'NotFound' });
  });
});
