import { readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CONFIG_MAPS, configMap, idle, NS, test } from './api-fixture.ts';
import { embeddedOnly } from './embedded-only.ts';
import { created, pathOf } from './objects.ts';

describe('a caller of the Kubernetes API', () => {
  it('needs a known token', async () => {
    const { status, body } = await test.api('GET', CONFIG_MAPS, undefined, { token: 'stranger' });
    expect(status).toBe(401);
    expect(body).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'Unauthorized', code: 401 });
  });

  it('may do what a bound role allows, and reads which right is missing', async () => {
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

  embeddedOnly('it guards the address of this machine')('cannot be a web page', async () => {
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
    'can verify the certificate in the kubeconfig, which only this user can read',
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
