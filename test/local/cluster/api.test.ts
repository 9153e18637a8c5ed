import { readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { KubernetesObjectApi } from '@kubernetes/client-node/dist/object.js';
import { PatchStrategy } from '@kubernetes/client-node/dist/patch.js';
import type { Loose } from './api-answer.ts';
import { embeddedOnly } from './embedded-only.ts';
import { startTestCluster, type TestCluster, until } from './harness.ts';
import { apply, created, deployment, pathOf, serverImage } from './objects.ts';

const NS = 'team';
let test: TestCluster;

beforeAll(async () => {
  test = await startTestCluster();
  await created(test.api('POST', '/api/v1/namespaces', { metadata: { name: NS } }));
});
afterAll(() => test.stop());

const configMap = (name: string, data: Loose = {}, metadata: Loose = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
});
const CONFIG_MAPS = `/api/v1/namespaces/${NS}/configmaps`;
const idle = (name: string, more: Loose = {}) => deployment(name, 'registry.test/app:1', { replicas: 0, ...more });

describe('who may call the Kubernetes API', () => {
  it('is asked for a token it knows', async () => {
    const { status, body } = await test.api('GET', CONFIG_MAPS, undefined, { token: 'stranger' });
    expect(status).toBe(401);
    expect(body).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'Unauthorized', code: 401 });
  });

  it('may do what a bound role allows, and is told what is missing for the rest', async () => {
    const ask = (method: string, path: string, body?: unknown, type?: string) =>
      test.api(method, path, body, { token: 'developer', ...(type ? { type } : {}) });
    const refused = await ask('GET', CONFIG_MAPS);
    expect(refused.status).toBe(403);
    expect(refused.body.message).toBe(
      'configmaps is forbidden: User "developer" cannot list resource "configmaps" in API group "" in the namespace "team"',
    );
    const rules = [
      { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'patch'] },
      { apiGroups: ['apps'], resources: ['deployments/status'], verbs: ['get'] },
      { apiGroups: [''], resources: ['secrets'], resourceNames: ['mine'], verbs: ['get'] },
    ];
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    await created(test.api('POST', `${rbac}/clusterroles`, { metadata: { name: 'gantry:reader' }, rules }));
    const binding = {
      metadata: { name: 'readers' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'gantry:reader' },
      subjects: [{ kind: 'Group', name: 'developers' }],
    };
    await created(test.api('POST', `${rbac}/namespaces/${NS}/rolebindings`, binding));
    await created(test.api('POST', `/apis/apps/v1/namespaces/${NS}/deployments`, idle('seen')));
    for (const name of ['mine', 'other']) await created(test.api('POST', pathOf('Secret', NS), { metadata: { name } }));
    expect((await ask('GET', CONFIG_MAPS)).status).toBe(200);
    expect((await ask('GET', '/api/v1/configmaps')).status).toBe(403);
    expect((await ask('GET', `${CONFIG_MAPS}?watch=1`)).status).toBe(403);
    expect((await ask('GET', `${pathOf('Deployment', NS, 'seen')}/status`)).status).toBe(200);
    expect((await ask('GET', pathOf('Deployment', NS, 'seen'))).status).toBe(403);
    expect((await ask('GET', pathOf('Secret', NS, 'mine'))).status).toBe(200);
    expect((await ask('GET', pathOf('Secret', NS, 'other'))).status).toBe(403);
    const applied = await ask(
      'PATCH',
      `${CONFIG_MAPS}/fresh?fieldManager=x`,
      configMap('fresh'),
      'application/apply-patch+yaml',
    );
    expect(applied.body.message).toContain('cannot create resource "configmaps"');
  });

  embeddedOnly('it guards the address of this machine')('is never a web page', async () => {
    const foreign = await test.api('GET', '/version', undefined, { headers: { origin: 'http://evil.example' } });
    expect(foreign).toMatchObject({ status: 403, body: { message: 'browsers may not call the Kubernetes API' } });
    const { port } = new URL(test.cluster().server());
    const status = await new Promise((resolve) => {
      request(
        { host: '127.0.0.1', port, path: '/version', headers: { host: 'evil.example', authorization: 'Bearer admin' } },
        ({ statusCode }) => resolve(statusCode),
      ).end();
    });
    expect(status).toBe(403);
  });

  embeddedOnly('the kubeconfig is given')(
    'may trust the certificate in the kubeconfig, which is for this user alone',
    async () => {
      const file = join(test.folder, 'kubeconfig');
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const config = JSON.parse(readFileSync(file, 'utf8'));
      const ca = Buffer.from(config.clusters[0].cluster['certificate-authority-data'], 'base64');
      const headers = { authorization: `Bearer ${config.users[0].user.token}` };
      const answered = await new Promise((resolve, reject) => {
        secureRequest(`${config.clusters[0].cluster.server}/api/v1/nodes`, { ca, headers }, ({ statusCode }) =>
          resolve(statusCode),
        )
          .on('error', reject)
          .end();
      });
      expect(answered).toBe(200);
    },
  );
});

describe('an object', () => {
  it('gets identity, defaults and a generation that follows its spec', async () => {
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

  it('is refused with every cause when it is invalid', async () => {
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

  it('is replaced only from its present version', async () => {
    const first = await created(test.api('POST', CONFIG_MAPS, configMap('versions', { a: '1' })));
    const second = await test.api('PUT', `${CONFIG_MAPS}/versions`, { ...first, data: { a: '2' } });
    expect(second.status).toBe(200);
    const stale = await test.api('PUT', `${CONFIG_MAPS}/versions`, { ...first, data: { a: '3' } });
    expect(stale).toMatchObject({ status: 409, body: { reason: 'Conflict' } });
    expect(stale.body.message).toContain('the object has been modified');
    const same = await test.api('PUT', `${CONFIG_MAPS}/versions`, second.body);
    expect(same.body.metadata.resourceVersion).toBe(second.body.metadata.resourceVersion);
  });

  it('exists once, in a namespace that exists, and not after a dry run', async () => {
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

  it('takes merge, JSON and strategic patches, each by its own rules', async () => {
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

  it('is listed by labels and fields, and removed by them', async () => {
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

describe('server-side apply', () => {
  it('tells owners apart: a conflict names them, force takes over, and what is no longer named goes', async () => {
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

  it('changes nothing when it says the same again, and merges lists by their keys', async () => {
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

  it('conflicts with a value that somebody set by an update', async () => {
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
  embeddedOnly('it serves no plain http')('applies and reads objects over plain http', async () => {
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
