import { authoritiesOf } from '@gantry/cluster/authorities.ts';
import { environmentObjects } from '@gantry/cluster/environment.ts';
import { releaseObjects } from '@gantry/cluster/objects.ts';
import { platformObjects } from '@gantry/cluster/platform.ts';
import { routeObject } from '@gantry/cluster/route.ts';
import type { ReleaseSpec } from '@gantry/cluster/spec.ts';
import { newId, releaseIdOf, toKubernetesName } from '@gantry/contract/ids.ts';
import { KINDS } from '@gantry/local/cluster/kinds/table.ts';
import { shippedLinesPerSecond, shippedLogGroup } from '@gantry/local/cluster/log-shipper.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiAnswer, Loose } from './api-answer.ts';
import { startTestCluster, type TestCluster, USERS, until } from './harness.ts';
import { serverImage } from './objects.ts';

/** The embedded cluster serves the load balancer's kinds under this version. */
const LOAD_BALANCER = 'eks.amazonaws.com/v1';

let test: TestCluster;

beforeAll(async () => {
  test = await startTestCluster();
});
afterAll(() => test.stop());

/** Applies an object as the functions do: server-side, found by its kind. */
function applyAs(token: string, object: Loose): Promise<ApiAnswer> {
  const kind = KINDS.find((each) => each.kind === object.kind && object.apiVersion.endsWith(each.version));
  const root = object.apiVersion.includes('/') ? 'apis' : 'api';
  const scope = kind?.namespaced ? `namespaces/${object.metadata.namespace}/` : '';
  const path = `/${root}/${object.apiVersion}/${scope}${kind?.plural}/${object.metadata.name}?fieldManager=gantry&force=true`;
  return test.api('PATCH', path, object, { token, type: 'application/apply-patch+yaml' });
}

/** The client's types give two fields other names than the API. */
const onTheWire = (object: object): Loose =>
  JSON.parse(JSON.stringify(object).replaceAll('"_from":', '"from":').replaceAll('"_default":', '"default":'));

describe('what Gantry writes to its cluster', () => {
  it('is accepted: the platform from the admin, a release from the deployer, and the release answers', async () => {
    expect(USERS['deployer']?.groups).toEqual(['gantry:deployers']);
    const settings = {
      NodeRoleName: 'node',
      SubnetIds: ['subnet-1'],
      LoadBalancerSubnetIds: ['subnet-9'],
      SecurityGroupId: 'sg-1',
      AppLogGroup: '/apps',
      EventLogGroup: '/gantry/test/cluster-events',
      LogShipperServiceAccount: 'log-shipper',
      LogLinesPerSecond: 250,
    };
    for (const object of platformObjects(settings, 'xx-local-1', LOAD_BALANCER))
      expect(await applyAs('admin', object)).toMatchObject({ status: 201 });
    // The embedded node replaces the log shipper, and reads the shipper's applied configuration.
    const { objects } = test.cluster();
    expect([shippedLogGroup(objects), shippedLinesPerSecond(objects)]).toEqual(['/apps', 250]);
    const ids = {
      teamId: newId('team'),
      projectId: newId('project'),
      environmentId: newId('environment'),
      serviceId: newId('service'),
    };
    const releaseId = releaseIdOf(newId('deployment'));
    const image = await serverImage(test, 'released');
    const spec: ReleaseSpec = {
      ...ids,
      releaseId,
      generation: 1,
      kind: 'web',
      image,
      port: 8080,
      variables: { A: 'b' },
      securityGroups: ['sg-0123456789abcdef1'],
      health: { path: '/', timeoutSeconds: 30 },
      size: 'small',
      scaling: { minReplicas: 1, maxReplicas: 1 },
      replicas: 1,
    };
    const stage = {
      loadBalancerNetworks: ['10.0.0.0/22'],
      databaseNetworks: ['10.0.72.0/24'],
      clusterGroup: 'sg-0123456789abcdef0',
      drainSeconds: 1,
      loadBalancerApi: LOAD_BALANCER,
    };
    const { secret, others, workload } = releaseObjects(spec, stage);
    const authorities = authoritiesOf(ids, 'the certificates', new Date());
    for (const object of [...environmentObjects(ids, stage), authorities, secret, ...others, workload])
      expect(await applyAs('deployer', onTheWire(object))).toMatchObject({ status: 201 });
    const route = routeObject({ ...ids, host: 'app.localhost', generation: 1, weights: [{ releaseId, weight: 100 }] });
    expect(await applyAs('deployer', route)).toMatchObject({ status: 201 });
    const answer = await until(
      () => test.ask('app.localhost'),
      ({ status }) => status === 200,
    );
    expect(answer.text).toMatch(/^version released/);
    const secrets = `/api/v1/namespaces/${toKubernetesName(ids.environmentId)}/secrets`;
    expect((await test.api('GET', secrets, undefined, { token: 'deployer' })).status).toBe(403);
    const elsewhere = (namespace: string) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'planted', namespace },
      data: {},
    });
    for (const namespace of ['kube-system', 'gantry-system', 'default']) {
      const refused = await applyAs('deployer', elsewhere(namespace));
      expect(refused).toMatchObject({
        status: 403,
        body: { message: expect.stringContaining('only to namespaces of environments') },
      });
      const taken = await test.api('DELETE', `/api/v1/namespaces/${namespace}/secrets/any`, undefined, {
        token: 'deployer',
      });
      expect(taken).toMatchObject({
        status: 403,
        body: { message: expect.stringContaining('only to namespaces of environments') },
      });
    }
    const own = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'gantry-system', labels: { mine: 'yes' } } };
    expect((await applyAs('deployer', own)).status).toBe(403);
    expect((await applyAs('admin', elsewhere('default'))).status).toBe(201);
    expect((await applyAs('deployer', elsewhere(toKubernetesName(ids.environmentId)))).status).toBe(201);
  });
});
