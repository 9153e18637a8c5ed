import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { INERT_KINDS } from '@gantry/local/cluster/kinds/inert.ts';
import { formatQuantity, parseQuantity } from '@gantry/local/cluster/quantity.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Loose } from './api-answer.ts';
import { startTestCluster, type TestCluster, until } from './harness.ts';
import {
  apply,
  created,
  deployment,
  eventsOf,
  pathOf,
  podsOf,
  preparePlatform,
  route,
  serverImage,
  service,
} from './objects.ts';

let test: TestCluster;
let image: string;

beforeAll(async () => {
  test = await startTestCluster();
  await preparePlatform(test.api, 'shop');
  image = await serverImage(test, '1');
});
afterAll(() => test.stop());

async function namespace(name: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
  await created(test.api('POST', '/api/v1/namespaces', { metadata: { name, labels } }));
}

function pod(name: string, container: Loose = {}, spec: Loose = {}): Loose {
  const containers = [{ name: 'app', image, ...container }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { terminationGracePeriodSeconds: 0, containers, ...spec },
  };
}

async function make(ns: string, object: Loose): Promise<string> {
  const { status, body } = await test.api('POST', pathOf(object.kind, ns), object);
  return status === 201 ? 'created' : `${status} ${body.reason}: ${body.message}`;
}

const quota = (name: string, hard: Loose) => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name },
  spec: { hard },
});
const memory = (requests: string, limits: string) => ({
  resources: { requests: { memory: requests, cpu: '100m' }, limits: { memory: limits, cpu: '500m' } },
});

describe('a ValidatingAdmissionPolicy', () => {
  const GROUP = '/apis/admissionregistration.k8s.io/v1';
  const policy = (name: string, spec: Loose) => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      matchConstraints: {
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
      },
      ...spec,
    },
  });
  const bind = (name: string) =>
    created(
      test.api('POST', `${GROUP}/validatingadmissionpolicybindings`, {
        metadata: { name },
        spec: { policyName: name, validationActions: ['Deny'] },
      }),
    );
  const map = (name: string) =>
    test.api('POST', '/api/v1/namespaces/shop/configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
  const remove = (name: string) =>
    Promise.all(
      ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'].map((plural) =>
        test.api('DELETE', `${GROUP}/${plural}/${name}`),
      ),
    );

  it('denies requests that its expression rejects, once it is bound, with the API server’s text', async () => {
    const validations = [{ expression: "request.name.startsWith('a')", message: 'begin with a' }];
    await created(test.api('POST', `${GROUP}/validatingadmissionpolicies`, policy('names', { validations })));
    expect((await map('before')).status).toBe(201);
    await bind('names');
    const { status, body } = await map('bind');
    expect([status, body.reason]).toEqual([422, 'Invalid']);
    expect(body.message).toContain(
      "ValidatingAdmissionPolicy 'names' with binding 'names' denied request: begin with a",
    );
    expect((await map('apple')).status).toBe(201);
    await remove('names');
    expect((await map('bound-no-more')).status).toBe(201);
  });

  it('denies a request when its expression fails, and is refused when it uses a feature that is not emulated', async () => {
    const validations = [{ expression: 'object.data.size() > 0', message: 'hold something' }];
    await created(test.api('POST', `${GROUP}/validatingadmissionpolicies`, policy('content', { validations })));
    await bind('content');
    expect((await map('unseen')).body.message).toContain('resulted in error');
    await remove('content');
    const { status, body } = await test.api(
      'POST',
      `${GROUP}/validatingadmissionpolicies`,
      policy('open', { failurePolicy: 'Ignore' }),
    );
    expect([status, body.message]).toEqual([422, expect.stringContaining('spec.failurePolicy')]);
  });
});

describe('a ResourceQuota', () => {
  it("refuses a pod beyond its limit with the API server's text, and accepts one again when a pod is gone", async () => {
    await namespace('small');
    expect(await make('small', quota('q', { pods: '1', 'limits.memory': '1Gi', 'count/secrets': '1' }))).toBe(
      'created',
    );
    expect(await make('small', pod('silent'))).toBe(
      '403 Forbidden: pods "silent" is forbidden: failed quota: q: must specify limits.memory for: app',
    );
    expect(await make('small', pod('large', memory('1Gi', '1.5Gi')))).toBe(
      '403 Forbidden: pods "large" is forbidden: exceeded quota: q, requested: limits.memory=1536Mi, used: limits.memory=0, limited: limits.memory=1Gi',
    );
    expect(await make('small', pod('first', memory('128Mi', '512Mi')))).toBe('created');
    expect(await make('small', pod('second', memory('128Mi', '768Mi')))).toBe(
      '403 Forbidden: pods "second" is forbidden: exceeded quota: q, requested: limits.memory=768Mi,pods=1, used: limits.memory=512Mi,pods=1, limited: limits.memory=1Gi,pods=1',
    );
    const used = async () => (await test.api('GET', pathOf('ResourceQuota', 'small', 'q'))).body.status;
    const full = await until(used, (status) => status.used.pods === '1');
    expect(full).toEqual({
      hard: { pods: '1', 'limits.memory': '1Gi', 'count/secrets': '1' },
      used: { pods: '1', 'limits.memory': '512Mi', 'count/secrets': '0' },
    });
    await test.api('DELETE', pathOf('Pod', 'small', 'first'));
    await until(used, (status) => status.used.pods === '0');
    expect(await make('small', pod('second', memory('128Mi', '768Mi')))).toBe('created');
    const secret = (name: string) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name } });
    expect(await make('small', secret('one'))).toBe('created');
    expect(await make('small', secret('two'))).toContain(
      'requested: count/secrets=1, used: count/secrets=1, limited: count/secrets=1',
    );
  });

  it('shows at a Deployment that its pods are refused, and stops once there is room', async () => {
    await namespace('none');
    await make('none', quota('q', { pods: '0' }));
    await created(apply(test.api, 'none', deployment('web', image)));
    const failure = ({ body }: Loose) => body.status?.conditions?.find(({ type }: Loose) => type === 'ReplicaFailure');
    const seen = await until(
      () => test.api('GET', pathOf('Deployment', 'none', 'web')),
      (each) => failure(each) !== undefined,
    );
    expect(failure(seen)).toMatchObject({
      status: 'True',
      reason: 'FailedCreate',
      message: expect.stringMatching(
        /^pods "web-[^"]+" is forbidden: exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0$/,
      ),
    });
    const sets = await test.api('GET', pathOf('ReplicaSet', 'none'));
    const events = await eventsOf(test.api, 'none', sets.body.items[0].metadata.name);
    expect(events[0]).toMatch(/^FailedCreate: Error creating: pods "web-[^"]+" is forbidden: exceeded quota: q/);
    await test.api('DELETE', pathOf('ResourceQuota', 'none', 'q'));
    await until(
      () => podsOf(test.api, 'none', 'web'),
      (pods) => pods.length === 1,
    );
    await until(
      () => test.api('GET', pathOf('Deployment', 'none', 'web')),
      (each) => failure(each) === undefined,
    );
  });
});

describe('a LimitRange', () => {
  it('gives a container its defaults, and refuses values out of its bounds', async () => {
    await namespace('ranged');
    const limits = [
      {
        type: 'Container',
        max: { memory: '1Gi' },
        min: { memory: '32Mi' },
        default: { cpu: '500m' },
        defaultRequest: { memory: '64Mi' },
      },
    ];
    await make('ranged', { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'bounds' }, spec: { limits } });
    expect(await make('ranged', pod('plain'))).toBe('created');
    const { body } = await test.api('GET', pathOf('Pod', 'ranged', 'plain'));
    expect(body.spec.containers[0].resources).toEqual({
      requests: { cpu: '500m', memory: '64Mi' },
      limits: { cpu: '500m', memory: '1Gi' },
    });
    expect(body.metadata.annotations['kubernetes.io/limit-ranger']).toBe(
      'LimitRanger plugin set: cpu, memory request for container app; cpu, memory limit for container app',
    );
    expect(await make('ranged', pod('large', memory('64Mi', '2Gi')))).toBe(
      '403 Forbidden: pods "large" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi',
    );
    expect(await make('ranged', pod('tiny', memory('16Mi', '64Mi')))).toBe(
      '403 Forbidden: pods "tiny" is forbidden: minimum memory usage per Container is 32Mi, but request is 16Mi',
    );
  });
});

describe('a namespace that enforces restricted pods', () => {
  it('refuses other pods with all their faults, and accepts restricted pods', async () => {
    await namespace('strict', { 'pod-security.kubernetes.io/enforce': 'restricted' });
    expect(await make('strict', pod('plain'))).toBe(
      '403 Forbidden: pods "plain" is forbidden: violates PodSecurity "restricted:latest": ' +
        'allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false), ' +
        'unrestricted capabilities (container "app" must set securityContext.capabilities.drop=["ALL"]), ' +
        'runAsNonRoot != true (pod or container "app" must set securityContext.runAsNonRoot=true), ' +
        'seccompProfile (pod or container "app" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    );
    const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
    const own = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
    expect(await make('strict', pod('good', { securityContext }, { securityContext: own }))).toBe('created');
    const root = { ...securityContext, runAsUser: 0, runAsNonRoot: false };
    expect(await make('strict', pod('root', { securityContext: root }, { securityContext: own }))).toBe(
      '403 Forbidden: pods "root" is forbidden: violates PodSecurity "restricted:latest": ' +
        'runAsNonRoot != true (container "app" must not set securityContext.runAsNonRoot=false), ' +
        'runAsUser=0 (container "app" must not set runAsUser=0)',
    );
    expect(await make('shop', pod('plain'))).toBe('created');
  });
});

describe('a pod with readiness gates', () => {
  it('is ready when the proxy reaches it, if the namespace injects gates; other gates wait for their condition', async () => {
    await namespace('gated', { 'eks.amazonaws.com/pod-readiness-gate-inject': 'enabled' });
    await created(apply(test.api, 'gated', service('web')));
    await created(apply(test.api, 'gated', route('web', 'gated.localhost', { web: 1 })));
    const readinessGates = [{ conditionType: 'example.com/warm' }];
    await created(apply(test.api, 'gated', deployment('web', image, { pod: { readinessGates } })));
    const conditionOf = (each: Loose, type: string) =>
      each?.status?.conditions?.find((one: Loose) => one.type === type);
    const [waiting] = await until(
      () => podsOf(test.api, 'gated', 'web'),
      ([each]) =>
        conditionOf(each, 'Ready')?.reason === 'ReadinessGatesNotReady' &&
        conditionOf(each, 'target-health.eks.amazonaws.com/web')?.status === 'True',
    );
    expect(conditionOf(waiting, 'ContainersReady').status).toBe('True');
    expect((await test.ask('gated.localhost')).status).toBe(503);
    const condition = { type: 'example.com/warm', status: 'True' };
    const path = `${pathOf('Pod', 'gated', waiting.metadata.name)}/status`;
    await created(
      test.api(
        'PATCH',
        path,
        { status: { conditions: [condition] } },
        { type: 'application/strategic-merge-patch+json' },
      ),
    );
    await until(
      () => test.ask('gated.localhost'),
      ({ status }) => status === 200,
    );
  });
});

describe('kinds that are stored without effect', () => {
  it('are those that the documentation lists, each with its reason', () => {
    const text = readFileSync(join(import.meta.dirname, '../../../docs/guides/cluster.md'), 'utf8');
    const listed = [...text.matchAll(/^\| `([A-Za-z]+)` +\| (.+?) +\|$/gm)].map(([, kind, reason]) => [kind, reason]);
    expect(listed).toEqual(INERT_KINDS.map(({ kind, reason }) => [kind, reason]));
  });
});

describe('an amount of a resource', () => {
  it('is parsed and printed as in Kubernetes', () => {
    const canonical = (text: string) => formatQuantity(parseQuantity(text) ?? { nano: -1n, binary: false });
    const pairs = {
      '1000m': '1',
      '0.5': '500m',
      '1024Mi': '1Gi',
      '1.5Gi': '1536Mi',
      '1e3': '1k',
      '2500m': '2500m',
      '0': '0',
    };
    expect(Object.keys(pairs).map(canonical)).toEqual(Object.values(pairs));
    expect(['', 'Mi', '1.2.3', '5 Gi', '1KiB'].map(parseQuantity)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
