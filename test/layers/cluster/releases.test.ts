import type { ReleaseSpec } from '@gantry/cluster/spec.ts';
import { newId, toKubernetesName } from '@gantry/contract/ids.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DEPLOYMENTS } from '../../../local/cluster/kinds/apps.ts';
import { CRON_JOBS } from '../../../local/cluster/kinds/batch.ts';
import { NAMESPACES, SECRETS, SERVICES } from '../../../local/cluster/kinds/core.ts';
import type { Kind } from '../../../local/cluster/kinds/kind.ts';
import { KINDS } from '../../../local/cluster/kinds/table.ts';
import type { KubeObject } from '../../../local/cluster/model.ts';
import { release, startCluster, type TestCluster } from './kubernetes.ts';

async function modules() {
  const [releases, scaling, traffic, removal, roles, objects, environment] = await Promise.all([
    import('@gantry/cluster/releases.ts'),
    import('@gantry/cluster/scaling.ts'),
    import('@gantry/cluster/traffic.ts'),
    import('@gantry/cluster/removal.ts'),
    import('@gantry/cluster/roles.ts'),
    import('@gantry/cloud/kubernetes/objects.ts'),
    import('@gantry/cluster/environment.ts'),
  ]);
  return { ...releases, ...scaling, ...traffic, ...removal, ...roles, ...objects, ...environment };
}

let cluster: TestCluster;
let gantry: Awaited<ReturnType<typeof modules>>;
const DEPLOYER = ['gantry:deployers'];

beforeAll(async () => {
  cluster = await startCluster();
  gantry = await modules();
  for (const role of gantry.roleObjects('eks.amazonaws.com')) await gantry.apply(role, 'test');
});

afterAll(() => cluster.stop());

beforeEach(() => {
  cluster.groups = DEPLOYER;
});

const worker = (changes: Partial<ReleaseSpec> = {}) => release({ kind: 'worker', port: null, ...changes });
const cron = (changes: Partial<ReleaseSpec> = {}) =>
  release({ kind: 'cron', port: null, schedule: '*/5 * * * *', ...changes });
const successorOf = (spec: ReleaseSpec, generation = 2): ReleaseSpec => ({
  ...spec,
  generation,
  releaseId: newId('release'),
});

function found<T extends KubeObject>(kind: Kind<T>, { environmentId, releaseId }: ReleaseSpec): T | undefined {
  return cluster.registry.objects.get(kind, toKubernetesName(environmentId), toKubernetesName(releaseId));
}

/** The kinds that have an object in an environment's namespace. */
function kindsIn({ environmentId }: ReleaseSpec): string[] {
  const namespace = toKubernetesName(environmentId);
  return KINDS.filter((kind) => kind.namespaced && cluster.registry.objects.list(kind, namespace).length > 0).map(
    ({ kind }) => kind,
  );
}

/** A change by hand. */
function edit<T extends KubeObject>(kind: Kind<T>, object: T | undefined, change: (draft: T) => void): void {
  if (object === undefined) throw new Error(`there is no ${kind.kind} to edit`);
  cluster.registry.modify(kind, object, change, { manager: 'kubectl-edit' });
}

describe('an environment', () => {
  it('has its rules from the first release on, and a later release costs one request', async () => {
    const spec = release();
    await gantry.applyEnvironment(spec);
    expect(kindsIn(spec)).toEqual(
      expect.arrayContaining(['ServiceAccount', 'ResourceQuota', 'LimitRange', 'NetworkPolicy']),
    );
    const before = cluster.identities.length;
    await gantry.applyEnvironment(spec);
    expect(cluster.identities.length - before).toBe(1);
  });

  it('is completed after an interrupted start, or after its namespace was deleted by hand', async () => {
    const spec = release();
    await gantry.applyRelease(spec);
    const namespace = { apiVersion: 'v1', kind: 'Namespace', name: toKubernetesName(spec.environmentId) };
    cluster.groups = ['system:masters'];
    await gantry.remove(namespace);
    cluster.groups = DEPLOYER;
    await expect(gantry.applyRelease(spec)).rejects.toMatchObject({
      kind: 'Unavailable',
      message: expect.stringContaining('still removes namespace'),
    });
    const held = cluster.registry.objects.get(NAMESPACES, undefined, namespace.name);
    if (held !== undefined) cluster.registry.objects.remove(NAMESPACES, held);
    await gantry.applyRelease(spec);
    expect(cluster.registry.objects.get(NAMESPACES, undefined, namespace.name)).toBeDefined();
  });
});

describe('a release', () => {
  it('always leaves a workload beside its Secret, so that both are found, even after an interruption', async () => {
    for (const spec of [release(), worker(), cron()]) {
      await gantry.stageRelease(spec);
      expect(found(SECRETS, spec)).toBeDefined();
      const [staged] = await gantry.listReleases(spec.environmentId, spec.serviceId);
      expect(staged).toMatchObject({ releaseId: spec.releaseId, kind: spec.kind, replicas: 0 });
    }
  });

  it('is not written by an older generation after a newer one', async () => {
    const spec = release();
    await gantry.applyRelease({ ...spec, generation: 5 });
    await expect(gantry.applyRelease({ ...spec, generation: 4 })).rejects.toMatchObject({ kind: 'Superseded' });
    expect((await gantry.listReleases(spec.environmentId, spec.serviceId))[0]?.generation).toBe(5);
  });

  it('keeps the replicas that its load needs when it is applied again', async () => {
    const spec = release({ scaling: { minReplicas: 1, maxReplicas: 5 } });
    await gantry.applyRelease(spec);
    edit(DEPLOYMENTS, found(DEPLOYMENTS, spec), (draft) => {
      draft.spec.replicas = 4;
    });
    await gantry.applyRelease({ ...spec, generation: 2 });
    expect(found(DEPLOYMENTS, spec)?.spec.replicas).toBe(4);
  });

  it("is removed with all of its own objects, and no other release's", async () => {
    const spec = release({ scaling: { minReplicas: 2, maxReplicas: 4 } });
    const shared = kindsIn(spec);
    await gantry.applyEnvironment(spec);
    const before = kindsIn(spec);
    await gantry.applyRelease(spec);
    expect(kindsIn(spec)).toEqual(
      expect.arrayContaining(['HorizontalPodAutoscaler', 'PodDisruptionBudget', 'TargetGroupConfiguration']),
    );
    await gantry.removeRelease(spec);
    expect(kindsIn(spec)).toEqual(before);
    expect(shared).toEqual([]);
  });

  it('is found through its leftovers, and removed with its service', async () => {
    const spec = release({ scaling: { minReplicas: 2, maxReplicas: 4 } });
    await gantry.applyEnvironment(spec);
    const before = kindsIn(spec);
    await gantry.applyRelease(spec);
    await gantry.remove({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      namespace: toKubernetesName(spec.environmentId),
      name: toKubernetesName(spec.releaseId),
    });
    expect(await gantry.listReleases(spec.environmentId, spec.serviceId)).toMatchObject([
      { releaseId: spec.releaseId, kind: '', replicas: 0 },
    ]);
    cluster.groups = ['gantry:removers'];
    await gantry.removeService(spec.environmentId, spec.serviceId);
    expect(kindsIn(spec)).toEqual(before);
  });
});

describe('a release after another', () => {
  it('is known to the load balancer before it gets traffic', async () => {
    const first = release();
    await gantry.applyRelease(first);
    expect(await gantry.readTraffic(first.environmentId, first.serviceId)).toBeUndefined();
    const weights = [{ releaseId: first.releaseId, weight: 100 }];
    await gantry.shiftTraffic({ ...first, host: 'shop.localhost', weights });
    const second = successorOf(first);
    await gantry.applyRelease(second);
    expect(await gantry.readTraffic(first.environmentId, first.serviceId)).toEqual({
      generation: 2,
      host: 'shop.localhost',
      weights: [...weights, { releaseId: second.releaseId, weight: 0 }],
    });
    await expect(gantry.applyRelease(successorOf(first, 1))).rejects.toMatchObject({ kind: 'Superseded' });
  });
});

describe('scaling a release', () => {
  it('lets a release go cold and come back, and refuses an older generation', async () => {
    const spec = worker({ replicas: 2, scaling: { minReplicas: 2, maxReplicas: 2 } });
    await gantry.applyRelease(spec);
    const scale = (replicas: number, generation: number) => gantry.scaleRelease({ ...spec, replicas, generation });
    await scale(0, 2);
    expect(found(DEPLOYMENTS, spec)?.spec.replicas).toBe(0);
    await expect(scale(2, 1)).rejects.toMatchObject({ kind: 'Superseded' });
    await scale(2, 3);
    const version = found(DEPLOYMENTS, spec)?.metadata.resourceVersion;
    await scale(2, 3);
    expect(found(DEPLOYMENTS, spec)).toMatchObject({ spec: { replicas: 2 }, metadata: { resourceVersion: version } });
  });

  it('fails with NotFound when the release is missing', async () => {
    await expect(gantry.scaleRelease({ ...release(), replicas: 1 })).rejects.toMatchObject({ kind: 'NotFound' });
  });
});

describe('switching a cron service', () => {
  it('turns one release on and the others off, and a second apply keeps that', async () => {
    const first = cron();
    const second = successorOf(first);
    for (const spec of [first, second]) {
      await gantry.applyRelease(spec);
      await gantry.switchCron(spec.environmentId, spec.serviceId, spec.releaseId, spec.generation);
    }
    await gantry.applyRelease(second);
    expect(found(CRON_JOBS, first)?.spec.suspend).toBe(true);
    expect(found(CRON_JOBS, second)?.spec.suspend).toBe(false);
    const late = gantry.switchCron(first.environmentId, first.serviceId, first.releaseId, 1);
    await expect(late).rejects.toMatchObject({ kind: 'Superseded' });
    expect(found(CRON_JOBS, second)?.spec.suspend).toBe(false);
  });
});

describe('a release that somebody edited or deleted in part by hand', () => {
  it('is repaired by another apply, which keeps the scale that the load needs', async () => {
    const spec = release({ scaling: { minReplicas: 2, maxReplicas: 4 } });
    await gantry.applyRelease(spec);
    const image = () => found(DEPLOYMENTS, spec)?.spec.template.spec.containers[0]?.image;
    const applied = { image: image(), selector: found(SERVICES, spec)?.spec.selector };
    edit(DEPLOYMENTS, found(DEPLOYMENTS, spec), ({ spec: draft }) => {
      const [container] = draft.template.spec.containers;
      if (container !== undefined) container.image = 'registry.example/other:1';
      draft.replicas = 3;
    });
    edit(SERVICES, found(SERVICES, spec), (draft) => {
      draft.spec.selector = { app: 'other' };
    });
    const secret = found(SECRETS, spec);
    if (secret !== undefined) cluster.registry.remove(SECRETS, secret.metadata.namespace, secret.metadata.name, {});
    await gantry.applyRelease(spec);
    expect({ image: image(), selector: found(SERVICES, spec)?.spec.selector }).toEqual(applied);
    expect(found(DEPLOYMENTS, spec)?.spec.replicas).toBe(3);
    expect(found(SECRETS, spec)).toBeDefined();
  });
});

describe('the roles of functions, checked by the cluster,', () => {
  const secrets = { apiVersion: 'v1', kind: 'Secret' };

  it.each(['gantry:deployers', 'gantry:removers', 'gantry:readers'])(
    'let no member of %s list or read Secrets',
    async (group) => {
      const spec = release();
      await gantry.applyRelease(spec);
      cluster.groups = [group];
      const namespace = toKubernetesName(spec.environmentId);
      const denied = { kind: 'Internal', message: expect.stringContaining('403') };
      await expect(gantry.list({ ...secrets, namespace })).rejects.toMatchObject(denied);
      await expect(gantry.list(secrets)).rejects.toMatchObject(denied);
      await expect(gantry.get({ ...secrets, namespace, name: toKubernetesName(spec.releaseId) })).rejects.toMatchObject(
        denied,
      );
    },
  );
});
