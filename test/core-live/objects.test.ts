import { newId, toKubernetesName } from '@gantry/contract/ids.ts';
import { type ReleaseSpec, releaseObjects, routeObject } from '@gantry/core/cluster/objects.ts';
import { describe, expect, it } from '@jest/globals';

const spec: ReleaseSpec = {
  teamId: newId('team'),
  projectId: newId('project'),
  environmentId: newId('environment'),
  serviceId: newId('service'),
  releaseId: newId('release'),
  generation: 7,
  image: `registry.example/shop@sha256:${'a'.repeat(64)}`,
  port: 8080,
  variables: { GREETING: 'grüezi', EMPTY: '' },
  health: { path: '/healthz', timeoutSeconds: 60 },
  replicas: 2,
};
const [namespace, account, secret, deployment, service] = releaseObjects(spec);
const pod = deployment.spec?.template.spec;
const container = pod?.containers[0];

describe('the objects of a release', () => {
  it('stand in the namespace of the environment, under the name of the release', () => {
    expect(namespace.metadata?.name).toBe(toKubernetesName(spec.environmentId));
    for (const object of [secret, deployment, service]) {
      expect(object.metadata?.namespace).toBe(toKubernetesName(spec.environmentId));
      expect(object.metadata?.name).toBe(toKubernetesName(spec.releaseId));
      expect(object.metadata?.labels?.['gantry.dev/release']).toBe(spec.releaseId);
      expect(object.metadata?.annotations?.['gantry.dev/generation']).toBe('7');
    }
  });

  it('leave what an environment shares free of the labels of one service, so that two services do not fight over it', () => {
    for (const shared of [namespace, account]) {
      expect(Object.keys(shared.metadata?.labels ?? {})).not.toContain('gantry.dev/service');
      expect(shared.metadata?.annotations).toBeUndefined();
    }
  });

  it("run the service's own start command by a shell, and the image's where there is none", () => {
    const [, , , started] = releaseObjects({ ...spec, startCommand: 'node a.js && node b.js' });
    const command = started.spec?.template.spec?.containers[0]?.command;
    expect(command).toEqual(['/bin/sh', '-c', 'node a.js && node b.js']);
    expect(container).not.toHaveProperty('command');
  });

  it('keep variables out of the Deployment: they reach the app by a Secret', () => {
    expect(JSON.stringify(deployment)).not.toContain('GREETING');
    expect(container?.envFrom).toEqual([{ secretRef: { name: toKubernetesName(spec.releaseId) } }]);
    expect(Buffer.from(secret.data?.GREETING ?? '', 'base64').toString()).toBe('grüezi');
    expect(secret.data?.EMPTY).toBe('');
  });

  it('run the app without rights: not root, no privileges, no token of the cluster', () => {
    expect(namespace.metadata?.labels?.['pod-security.kubernetes.io/enforce']).toBe('restricted');
    expect(account.automountServiceAccountToken).toBe(false);
    expect(pod?.automountServiceAccountToken).toBe(false);
    expect(pod?.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(container?.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
    expect(container?.resources?.limits).toMatchObject({ memory: expect.any(String), cpu: expect.any(String) });
  });

  it('keep serving for a while after the pod is told to stop, and leave time to end after that', () => {
    const wait = container?.lifecycle?.preStop?.sleep?.seconds ?? 0;
    expect(wait).toBeGreaterThanOrEqual(1);
    expect(pod?.terminationGracePeriodSeconds).toBeGreaterThan(wait);
  });

  it('give the app as long to start as its service allows, and ask where the service says', () => {
    const { failureThreshold = 0, periodSeconds = 0 } = container?.startupProbe ?? {};
    expect(failureThreshold * periodSeconds).toBe(60);
    expect(container?.readinessProbe?.httpGet).toEqual({ path: '/healthz', port: 8080 });
  });

  it('are content with an open port where the service names no path', () => {
    const [, , , other] = releaseObjects({ ...spec, health: { path: null, timeoutSeconds: 30 } });
    const probe = other.spec?.template.spec?.containers[0]?.readinessProbe;
    expect(probe?.tcpSocket).toEqual({ port: 8080 });
    expect(probe?.httpGet).toBeUndefined();
  });

  it('lead the Service to the pods of this release alone', () => {
    expect(service.spec?.selector).toEqual({ 'gantry.dev/release': spec.releaseId });
    expect(service.spec?.ports).toEqual([{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }]);
  });
});

describe('the route of a service', () => {
  const other = newId('release');
  const route = routeObject({
    ...spec,
    host: 'shop-production-web.localhost',
    weights: [
      { releaseId: spec.releaseId, weight: 90 },
      { releaseId: other, weight: 10 },
      { releaseId: newId('release'), weight: 0 },
    ],
  });

  it('splits the host’s traffic by weight and leaves releases without weight out', () => {
    expect(route.metadata.name).toBe(toKubernetesName(spec.serviceId));
    expect(route.spec.hostnames).toEqual(['shop-production-web.localhost']);
    expect(route.spec.parentRefs).toEqual([{ name: 'apps', namespace: 'gantry-system' }]);
    expect(route.spec.rules[0]?.backendRefs).toEqual([
      { name: toKubernetesName(spec.releaseId), port: 80, weight: 90 },
      { name: toKubernetesName(other), port: 80, weight: 10 },
    ]);
  });
});
