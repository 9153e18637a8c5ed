import { setTimeout as sleep } from 'node:timers/promises';
import type { ReleaseSpec } from '@gantry/cluster/spec.ts';
import { newId, toKubernetesName } from '@gantry/contract/ids.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DEPLOYMENTS } from '../../../local/cluster/kinds/apps.ts';
import { SECRETS } from '../../../local/cluster/kinds/core.ts';
import { GATEWAYS, HTTP_ROUTES } from '../../../local/cluster/kinds/network.ts';
import { PODS } from '../../../local/cluster/kinds/pods.ts';
import { patience } from '../../patience.ts';
import { release, startCluster, type TestCluster } from './kubernetes.ts';

async function modules() {
  const [releases, traffic, watch, platform, objects] = await Promise.all([
    import('@gantry/cluster/releases.ts'),
    import('@gantry/cluster/traffic.ts'),
    import('@gantry/cluster/watch.ts'),
    import('@gantry/cluster/platform.ts'),
    import('@gantry/cloud/kubernetes/objects.ts'),
  ]);
  return { ...releases, ...traffic, ...watch, ...platform, ...objects };
}

let cluster: TestCluster;
let gantry: Awaited<ReturnType<typeof modules>>;
const DEPLOYER = ['gantry:deployers'];
const OPERATOR = ['system:masters'];
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
const soon = () => Date.now() + patience(5_000);

beforeAll(async () => {
  cluster = await startCluster();
  gantry = await modules();
  await gantry
    .create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } }, 'test')
    .catch(() => undefined);
  await gantry.applyPlatform(settings, 'xx-local-1', soon());
});

afterAll(() => cluster.stop());

beforeEach(() => {
  cluster.groups = DEPLOYER;
  cluster.output = () => [];
});

const deploymentOf = ({ environmentId, releaseId }: ReleaseSpec) =>
  cluster.registry.objects.get(DEPLOYMENTS, toKubernetesName(environmentId), toKubernetesName(releaseId));

/** Plays the controllers and a node. */
function report(spec: ReleaseSpec, availableReplicas: number): void {
  const deployment = deploymentOf(spec);
  if (deployment === undefined) throw new Error('there is no Deployment to report on');
  const status = { observedGeneration: deployment.metadata.generation, availableReplicas };
  cluster.registry.modify(DEPLOYMENTS, deployment, (draft) => Object.assign(draft, { status }), {
    manager: 'controller',
    subresource: 'status',
  });
}

function startPod(spec: ReleaseSpec, container: Record<string, unknown>): void {
  const template = deploymentOf(spec)?.spec.template;
  if (template === undefined) throw new Error('there is no Deployment whose pod could start');
  const draft = { metadata: { name: 'pod-1', labels: template.metadata?.labels ?? {} }, spec: template.spec };
  const pod = cluster.registry.create(PODS, toKubernetesName(spec.environmentId), draft, { manager: 'controller' });
  const name = toKubernetesName(spec.serviceId);
  const status = { containerStatuses: [{ name, ready: false, restartCount: 0, image: '', imageID: '', ...container }] };
  cluster.registry.modify(PODS, pod, (change) => Object.assign(change, { status }), {
    manager: 'kubelet',
    subresource: 'status',
  });
}

describe('a function’s token for the cluster', () => {
  it("is a presigned STS request that signs the cluster's name and is valid for a minute", () => {
    const [identity] = cluster.identities;
    expect(identity?.origin).toBe(process.env.AWS_ENDPOINT_URL);
    expect(Object.fromEntries(identity?.searchParams ?? [])).toMatchObject({
      Action: 'GetCallerIdentity',
      'X-Amz-Expires': '60',
      'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
      'X-Amz-Security-Token': 'session',
      'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('serves many calls', () => {
    expect(new Set(cluster.identities.map(({ href }) => href)).size).toBe(1);
  });
});

describe('a release in the cluster', () => {
  it('is applied by a deployer, and a second apply changes nothing', async () => {
    const spec = release();
    await gantry.applyRelease(spec);
    const before = deploymentOf(spec)?.metadata.resourceVersion;
    await gantry.applyRelease(spec);
    expect(before).toBeDefined();
    expect(deploymentOf(spec)?.metadata.resourceVersion).toBe(before);
  });

  it('is listed with the service’s other releases, newest first, and can be removed twice', async () => {
    const first = release();
    const second = { ...first, releaseId: newId('release'), generation: 2 };
    await gantry.applyRelease(first);
    await gantry.applyRelease(second);
    const listed = await gantry.listReleases(first.environmentId, first.serviceId);
    expect(listed.map(({ releaseId, generation }) => [releaseId, generation])).toEqual([
      [second.releaseId, 2],
      [first.releaseId, 1],
    ]);
    await gantry.removeRelease(first);
    await gantry.removeRelease(first);
    expect(deploymentOf(first)).toBeUndefined();
    expect(deploymentOf(second)).toBeDefined();
  });

  it('has a Secret that its deployer cannot read', async () => {
    const spec = release();
    await gantry.applyRelease(spec);
    const namespace = toKubernetesName(spec.environmentId);
    const secret = { apiVersion: 'v1', kind: 'Secret', namespace, name: toKubernetesName(spec.releaseId) };
    expect(cluster.registry.objects.get(SECRETS, namespace, secret.name)).toBeDefined();
    await expect(gantry.get(secret)).rejects.toMatchObject({ kind: 'Internal' });
    await expect(gantry.list(secret)).rejects.toMatchObject({ kind: 'Internal' });
  });
});

describe('watching a release', () => {
  it('ends as soon as the release is available', async () => {
    const spec = release();
    await gantry.applyRelease(spec);
    const watched = gantry.watchRelease(spec, patience(20_000));
    await sleep(200);
    report(spec, 1);
    expect(await watched).toEqual({ healthy: true });
  });

  it('survives a broken connection', async () => {
    const spec = release();
    await gantry.applyRelease(spec);
    const watched = gantry.watchRelease(spec, patience(20_000));
    await sleep(200);
    await cluster.interrupt();
    report(spec, 1);
    expect(await watched).toEqual({ healthy: true });
  });

  it('ends when the app keeps exiting, with the last lines of the earlier run and then of the present one', async () => {
    const spec = release();
    await gantry.applyRelease(spec);
    cluster.output = ({ previous }) => (previous ? ['starting', 'Error: no DATABASE_URL'] : ['starting']);
    const watched = gantry.watchRelease(spec, patience(20_000));
    const terminated = {
      exitCode: 1,
      reason: 'Error',
      startedAt: '2026-11-20T10:00:00Z',
      finishedAt: '2026-11-20T10:00:01Z',
    };
    startPod(spec, { restartCount: 1, state: { terminated } });
    expect(await watched).toEqual({
      healthy: false,
      detail: expect.stringContaining('exited with code 1'),
      lines: ['starting', 'Error: no DATABASE_URL', 'starting'],
    });
  });

  it("ends when the app has not listened within the service's limit, even without any change in the cluster", async () => {
    const spec = release({ health: { path: null, timeoutSeconds: 1 } });
    await gantry.applyRelease(spec);
    startPod(spec, { state: { running: { startedAt: new Date().toISOString() } } });
    expect(await gantry.watchRelease(spec, patience(20_000))).toMatchObject({
      healthy: false,
      detail: expect.stringContaining('does not listen on $PORT within 1 s'),
    });
  });

  it('ends after its time limit, and says what it waited for', async () => {
    const spec = release();
    await gantry.applyRelease(spec);
    expect(await gantry.watchRelease(spec, 300)).toEqual({
      healthy: false,
      detail: expect.stringContaining('has not started the app yet'),
      lines: [],
    });
  });
});

describe('traffic', () => {
  function routeFor(spec: ReleaseSpec, generation: number) {
    return { ...spec, host: 'shop.localhost', generation, weights: [{ releaseId: spec.releaseId, weight: 100 }] };
  }

  it('goes to the releases with the weights of the last shift', async () => {
    const spec = release();
    await gantry.applyRelease(spec);
    expect(await gantry.readTraffic(spec.environmentId, spec.serviceId)).toBeUndefined();
    await gantry.shiftTraffic(routeFor(spec, 1));
    const other = newId('release');
    const weights = [
      { releaseId: spec.releaseId, weight: 90 },
      { releaseId: other, weight: 10 },
    ];
    await gantry.shiftTraffic({ ...routeFor(spec, 2), weights });
    expect(await gantry.readTraffic(spec.environmentId, spec.serviceId)).toEqual({
      generation: 2,
      host: 'shop.localhost',
      weights,
    });
  });

  it('is not shifted by an older deployment', async () => {
    const spec = release();
    await gantry.applyRelease(spec);
    await gantry.shiftTraffic(routeFor(spec, 5));
    await expect(gantry.shiftTraffic(routeFor(spec, 4))).rejects.toMatchObject({ kind: 'Superseded' });
    await gantry.shiftTraffic(routeFor(spec, 5));
    expect((await gantry.readTraffic(spec.environmentId, spec.serviceId))?.generation).toBe(5);
  });

  it('ends at the newest deployment, however many shift it at once', async () => {
    const spec = release();
    await gantry.applyRelease(spec);
    const generations = [3, 1, 4, 2];
    await Promise.allSettled(generations.map((generation) => gantry.shiftTraffic(routeFor(spec, generation))));
    expect((await gantry.readTraffic(spec.environmentId, spec.serviceId))?.generation).toBe(4);
  });
});

describe('the platform’s objects', () => {
  it('can be applied again, and the Gateway goes with the routes when the stack is deleted', async () => {
    cluster.groups = OPERATOR;
    await gantry.applyPlatform(settings, 'xx-local-1', soon());
    expect(cluster.registry.objects.list(GATEWAYS)).toHaveLength(1);
    await gantry.removeGateway(soon());
    expect(cluster.registry.objects.list(GATEWAYS)).toEqual([]);
    expect(cluster.registry.objects.list(HTTP_ROUTES)).toEqual([]);
  });
});
