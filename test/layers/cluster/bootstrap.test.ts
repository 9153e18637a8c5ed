import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NAMESPACES } from '../../../local/cluster/kinds/core.ts';
import { GATEWAYS } from '../../../local/cluster/kinds/network.ts';
import { patience } from '../../patience.ts';
import { startCluster, type TestCluster } from './kubernetes.ts';

const settings = {
  NodeRoleName: 'node-role',
  SubnetIds: ['subnet-1'],
  LoadBalancerSubnetIds: ['subnet-9'],
  SecurityGroupId: 'sg-1',
  AppLogGroup: '/gantry/test/apps',
  EventLogGroup: '/gantry/test/cluster-events',
  LogShipperServiceAccount: 'log-shipper',
  LogLinesPerSecond: 1000,
};
const REGION = 'xx-local-1';

let cluster: TestCluster;
let gantry: Awaited<ReturnType<typeof modules>>;

async function modules() {
  const [platform, discovery] = await Promise.all([
    import('@gantry/cluster/platform.ts'),
    import('@gantry/cloud/kubernetes/discovery.ts'),
  ]);
  return { ...platform, ...discovery };
}

beforeAll(async () => {
  cluster = await startCluster();
  gantry = await modules();
  cluster.registry.create(NAMESPACES, undefined, { metadata: { name: 'kube-system' } }, { manager: 'test' });
});
afterAll(() => cluster.stop());
beforeEach(() => {
  cluster.intercept = () => false;
});

/** CloudFormation would wait this long for the function: too long for a test. */
const quarterOfAnHour = () => Date.now() + patience(15 * 60_000);
/** Enough for a few polls. */
const soon = () => Date.now() + patience(30_000);

function answer(response: ServerResponse, status: number, body: object): true {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  return true;
}

const pathOf = ({ url = '' }: IncomingMessage) => url.split('?')[0] ?? '';
const status = (code: number, message: string) => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  message,
  code,
});

/** A cluster that serves these groups besides its own, each version with its kinds. */
function serving(groups: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>) {
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    if (pathOf(request) === '/apis') {
      const named = Object.entries(groups).map(([name, versions]) => {
        const all = Object.keys(versions).map((version) => ({ groupVersion: `${name}/${version}`, version }));
        return { name, versions: all, preferredVersion: all[0] };
      });
      return answer(response, 200, { kind: 'APIGroupList', groups: named });
    }
    const [, root, group = '', version = ''] = pathOf(request).split('/');
    const kinds = root === 'apis' ? groups[group]?.[version] : undefined;
    const resources = kinds?.map((kind) => ({ name: `${kind.toLowerCase()}s`, kind, namespaced: true }));
    return resources === undefined ? false : answer(response, 200, { kind: 'APIResourceList', resources });
  };
}

describe('the bootstrap of the cluster', () => {
  it('removes nothing when the cluster is gone', async () => {
    cluster.gone = true;
    await gantry.removeGateway(quarterOfAnHour());
    cluster.gone = false;
  });

  it('removes nothing and does not wait when the cluster has no Gateway kinds yet', async () => {
    cluster.intercept = (request, response) =>
      pathOf(request).startsWith('/apis/gateway.networking.k8s.io') &&
      answer(response, 404, status(404, 'no such group'));
    await gantry.removeGateway(quarterOfAnHour());
  });

  it('fails when the cluster serves no kind that configures the load balancer, and says where to look', async () => {
    cluster.intercept = serving({ 'eks.amazonaws.com': { v1: ['NodeClass'] } });
    await expect(gantry.applyPlatform(settings, REGION, Date.now())).rejects.toThrow(
      'The cluster serves no TargetGroupConfiguration in a group of AWS',
    );
  });

  it("finds the group and version of the load balancer's kinds, and prefers Auto Mode's", async () => {
    const kind = 'TargetGroupConfiguration';
    const patterns = [/(^|\.)eks\.amazonaws\.com$/, /(^|\.)k8s\.aws$/];
    cluster.intercept = serving({
      'eks.amazonaws.com': { v1: ['NodeClass'] },
      'gateway.k8s.aws': { v1: [kind], v1beta1: [kind] },
    });
    expect(await gantry.servedAs(kind, patterns)).toBe('gateway.k8s.aws/v1');
    cluster.intercept = serving({ 'gateway.k8s.aws': { v1beta1: [kind] } });
    expect(await gantry.servedAs(kind, patterns)).toBe('gateway.k8s.aws/v1beta1');
    cluster.intercept = serving({ 'gateway.k8s.aws': { v1: [kind] }, 'gateway.eks.amazonaws.com': { v1: [kind] } });
    expect(await gantry.servedAs(kind, patterns)).toBe('gateway.eks.amazonaws.com/v1');
  });

  it('tries again after a refusal, because rights arrive late in a new cluster', async () => {
    let refused = 0;
    cluster.intercept = (request, response) =>
      pathOf(request) === '/api/v1/namespaces/gantry-system' &&
      refused++ < 2 &&
      answer(response, 403, status(403, 'namespaces "gantry-system" is forbidden'));
    expect(await gantry.applyPlatform(settings, REGION, soon())).toBe('127.0.0.1');
    expect(refused).toBeGreaterThan(2);
  });

  it("ends when the load balancer is ready, with its name, or fails with the cluster's reason", async () => {
    const [gateway] = cluster.registry.objects.list(GATEWAYS);
    const condition = { type: 'Programmed', status: 'False', reason: 'Pending', message: 'no subnet has room' };
    cluster.intercept = (request, response) =>
      request.method === 'GET' &&
      pathOf(request).endsWith('/namespaces/gantry-system/gateways/apps') &&
      answer(response, 200, { ...gateway, status: { conditions: [condition] } });
    await expect(gantry.applyPlatform(settings, REGION, Date.now())).rejects.toThrow('no subnet has room');
    cluster.intercept = () => false;
    expect(await gantry.applyPlatform(settings, REGION, soon())).toBe('127.0.0.1');
  });
});
