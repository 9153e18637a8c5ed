import { environmentObjects } from '@gantry/cluster/environment.ts';
import { jobOf } from '@gantry/cluster/release-command.ts';
import { routeObject } from '@gantry/cluster/route.ts';
import type { ReleaseSpec } from '@gantry/cluster/spec.ts';
import { newId, toKubernetesName } from '@gantry/contract/ids.ts';
import { describe, expect, it } from '@jest/globals';
import { cron, find, kindsOf, objectsOf, stage, web, worker } from './release-objects.ts';

describe('the objects of a release', () => {
  const { all, secret, deployment, template, container } = objectsOf(web);

  it("are in the environment's namespace, with the release's name, labels and generation", () => {
    for (const spec of [web, worker, cron]) {
      for (const { metadata } of objectsOf(spec).all) {
        expect(metadata?.namespace).toBe(toKubernetesName(web.environmentId));
        expect(metadata?.name).toBe(toKubernetesName(web.releaseId));
        expect(metadata?.labels?.['gantry.dev/release']).toBe(web.releaseId);
        expect(metadata?.labels?.['gantry.dev/kind']).toBe(spec.kind);
        expect(metadata?.annotations?.['gantry.dev/generation']).toBe('7');
      }
    }
  });

  it('are the kinds that a web service needs', () => {
    expect(kindsOf(all)).toEqual([
      'Secret',
      'Service',
      'TargetGroupConfiguration',
      'HorizontalPodAutoscaler',
      'PodDisruptionBudget',
      'Deployment',
    ]);
    expect(kindsOf(objectsOf({ ...web, scaling: { minReplicas: 1, maxReplicas: 1 } }).all)).toEqual([
      'Secret',
      'Service',
      'TargetGroupConfiguration',
      'Deployment',
    ]);
    expect(kindsOf(objectsOf({ ...worker, scaling: { minReplicas: 1, maxReplicas: 1 } }).all)).toEqual([
      'Secret',
      'Deployment',
    ]);
    expect(kindsOf(objectsOf(cron).all)).toEqual(['Secret', 'CronJob']);
  });

  it('have the same mark while the settings are the same, for any variables, replicas and generation', () => {
    const markOf = (spec: ReleaseSpec) => objectsOf(spec).deployment.metadata?.annotations?.['gantry.dev/spec'];
    expect(markOf(web)).toMatch(/^[0-9a-f]{16}$/);
    expect(markOf({ ...web, generation: 9, replicas: 0, variables: { GREETING: 'hoi' } })).toBe(markOf(web));
    expect(markOf({ ...web, size: 'large' })).not.toBe(markOf(web));
    expect(markOf({ ...web, scaling: { minReplicas: 2, maxReplicas: 9 } })).not.toBe(markOf(web));
  });

  it('have the same pod template when only the generation is new, as in a rollback', () => {
    expect(objectsOf({ ...web, generation: 9 }).template).toEqual(template);
  });

  it("run the service's start command by a shell, and the image's own without one", () => {
    const started = objectsOf({ ...web, startCommand: 'node a.js && node b.js' });
    expect(started.container?.command).toEqual(['/bin/sh', '-c', 'node a.js && exec node b.js']);
    expect(container).not.toHaveProperty('command');
  });

  it('keep variables out of the Deployment; a Secret holds them', () => {
    expect(JSON.stringify(deployment)).not.toContain('GREETING');
    expect(container?.envFrom).toEqual([{ secretRef: { name: toKubernetesName(web.releaseId) } }]);
    expect(Buffer.from(secret.data?.GREETING ?? '', 'base64').toString()).toBe('grüezi');
    expect(secret.data?.EMPTY).toBe('');
  });

  it('run the app without rights: not as root, without privileges and without a cluster token', () => {
    for (const spec of [web, worker, cron]) {
      const run = objectsOf(spec);
      expect(run.template?.spec).toMatchObject({
        automountServiceAccountToken: false,
        serviceAccountName: 'app',
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      expect(run.container?.securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      });
    }
  });

  it.each([
    ['small', '1', '512Mi'],
    ['medium', '2', '2Gi'],
    ['large', '4', '8Gi'],
  ] as const)('give a %s app at most %s vCPU and %s', (size, cpu, memory) => {
    expect(objectsOf({ ...web, size }).container?.resources?.limits).toEqual({ cpu, memory });
  });

  it("give the app the service's time limit to start, and probe the service's health path", () => {
    const { failureThreshold = 0, periodSeconds = 0 } = container?.startupProbe ?? {};
    expect(failureThreshold * periodSeconds).toBe(60);
    expect(container?.readinessProbe?.httpGet).toEqual({ path: '/healthz', port: 8080 });
  });

  it('probe for an open port when the service has no health path', () => {
    const other = objectsOf({ ...web, health: { path: null, timeoutSeconds: 30 } });
    for (const probe of [other.container?.readinessProbe, other.container?.livenessProbe]) {
      expect(probe?.tcpSocket).toEqual({ port: 8080 });
      expect(probe?.httpGet).toBeUndefined();
    }
  });

  it('restart an app that has not answered for a minute', () => {
    const { failureThreshold = 0, periodSeconds = 0 } = container?.livenessProbe ?? {};
    expect(failureThreshold * periodSeconds).toBe(60);
  });

  it('select for the Service the pods of this release only', () => {
    expect(find(all, 'Service')).toMatchObject({
      spec: {
        selector: { 'gantry.dev/release': web.releaseId },
        ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
      },
    });
  });

  it('scale by load when the service has a range of replicas', () => {
    expect(find(all, 'HorizontalPodAutoscaler')).toMatchObject({
      spec: { minReplicas: 2, maxReplicas: 4, scaleTargetRef: { name: toKubernetesName(web.releaseId) } },
    });
  });
});

describe('A18: the checks of a pod', () => {
  it('send the public host name of the service', () => {
    const named = objectsOf({ ...web, host: 'web-production-shop.example.com' }).container;
    const httpHeaders = [{ name: 'Host', value: 'web-production-shop.example.com' }];
    for (const probe of [named?.startupProbe, named?.readinessProbe, named?.livenessProbe])
      expect(probe?.httpGet).toEqual({ path: '/healthz', port: 8080, httpHeaders });
  });
});

describe('for zero failed requests,', () => {
  const { all, deployment, template, container } = objectsOf(web);
  const wait = container?.lifecycle?.preStop?.sleep?.seconds ?? 0;

  it('a stopping pod serves longer than the load balancer drains, and then has time to end', () => {
    const group = JSON.stringify(find(all, 'TargetGroupConfiguration'));
    const [, delay = ''] = /"deregistration_delay.timeout_seconds","value":"(\d+)"/.exec(group) ?? [];
    expect(wait).toBe(15);
    expect(Number(delay)).toBeGreaterThan(0);
    expect(wait).toBeGreaterThanOrEqual(Number(delay));
    expect(template?.spec?.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(wait + 30);
  });

  it("a pod waits for the load balancer, which reaches the pod directly and uses the service's health check", () => {
    const [namespace] = environmentObjects(web, stage);
    expect(namespace.metadata?.labels?.['eks.amazonaws.com/pod-readiness-gate-inject']).toBe('enabled');
    const configuration = (health: ReleaseSpec['health']) =>
      find(objectsOf({ ...web, health }).all, 'TargetGroupConfiguration');
    const asked = (healthCheckPath: string, httpCode: string) => ({
      spec: {
        targetReference: { kind: 'Service', name: toKubernetesName(web.releaseId) },
        defaultConfiguration: { targetType: 'ip', healthCheckConfig: { healthCheckPath, matcher: { httpCode } } },
      },
    });
    // A load balancer probes the pod's address, and an app may refuse a host name other than its own.
    // The test takes the API group from the cluster (`kubectl api-resources`), not from our code.
    expect(configuration(web.health)?.apiVersion).toBe('gateway.k8s.aws/v1');
    expect(configuration(web.health)).toMatchObject(asked('/healthz', '200-499'));
    expect(configuration({ path: null, timeoutSeconds: 30 })).toMatchObject(asked('/', '200-499'));
  });

  it('a pod is removed only when its successor is ready, and the pods of a release are in several zones', () => {
    expect(deployment.spec?.strategy?.rollingUpdate?.maxUnavailable).toBe(0);
    expect(template?.spec?.topologySpreadConstraints).toMatchObject([{ topologyKey: 'topology.kubernetes.io/zone' }]);
    expect(find(all, 'PodDisruptionBudget')).toMatchObject({ spec: { maxUnavailable: 1 } });
  });
});

describe('a worker', () => {
  const { deployment, container, others } = objectsOf(worker);

  it('has no port, no probe and no Service', () => {
    for (const field of ['ports', 'env', 'startupProbe', 'readinessProbe', 'livenessProbe', 'lifecycle']) {
      expect(container).not.toHaveProperty(field);
    }
    expect(find(others, 'Service')).toBeUndefined();
  });

  it('that exits at once never counts as available', () => {
    expect(deployment.spec?.minReadySeconds).toBe(5);
  });
});

describe('a cron service', () => {
  const { cronJob, template } = objectsOf(cron);

  it('runs by its schedule in UTC, one run at a time, and only once switched on', () => {
    expect(cronJob.spec).toMatchObject({
      schedule: '*/5 * * * *',
      timeZone: 'Etc/UTC',
      suspend: true,
      concurrencyPolicy: 'Forbid',
    });
  });

  it('A24: runs in the time zone that its service names', () => {
    expect(objectsOf({ ...cron, timezone: 'Europe/Berlin' }).cronJob.spec?.timeZone).toBe('Europe/Berlin');
    expect(objectsOf({ ...cron, timezone: 'UTC' }).cronJob.spec?.timeZone).toBe('Etc/UTC');
  });

  it('keeps a short history, and stops a run that never ends', () => {
    expect(cronJob.spec?.successfulJobsHistoryLimit).toBe(1);
    expect(cronJob.spec?.failedJobsHistoryLimit).toBe(3);
    expect(cronJob.spec?.jobTemplate.spec).toMatchObject({ backoffLimit: 0, activeDeadlineSeconds: 21_600 });
    expect(template?.spec?.restartPolicy).toBe('Never');
  });
});

describe('the route of a service', () => {
  const other = newId('release');
  const route = routeObject({
    ...web,
    host: 'shop-production-web.localhost',
    weights: [
      { releaseId: web.releaseId, weight: 100 },
      { releaseId: other, weight: 0 },
    ],
  });

  it('splits traffic by weight, and keeps a release without weight known to the load balancer', () => {
    expect(route.metadata.name).toBe(toKubernetesName(web.serviceId));
    expect(route.metadata.annotations).toMatchObject({ 'gantry.dev/spec': expect.stringMatching(/^[0-9a-f]{16}$/) });
    expect(route.spec.hostnames).toEqual(['shop-production-web.localhost']);
    expect(route.spec.parentRefs).toEqual([{ name: 'apps', namespace: 'gantry-system' }]);
    expect(route.spec.rules[0]?.backendRefs).toEqual([
      { name: toKubernetesName(web.releaseId), port: 80, weight: 100 },
      { name: toKubernetesName(other), port: 80, weight: 0 },
    ]);
  });
});

describe('a release that uses databases', () => {
  const using: ReleaseSpec = { ...web, securityGroups: ['sg-0123456789abcdef1'], releaseCommand: 'node migrate.js' };

  it('has a policy that gives its pods and its release command the security groups of its databases', () => {
    const { others, template } = objectsOf(using);
    const policy = others.find(({ kind }) => kind === 'SecurityGroupPolicy');
    expect(policy).toMatchObject({
      apiVersion: 'vpcresources.k8s.aws/v1beta1',
      spec: {
        podSelector: { matchLabels: { 'gantry.dev/data': policy?.metadata?.name } },
        securityGroups: { groupIds: ['sg-0123456789abcdef0', 'sg-0123456789abcdef1'] },
      },
    });
    const label = { 'gantry.dev/data': policy?.metadata?.name };
    expect(template?.metadata?.labels).toMatchObject(label);
    expect(jobOf(using, 'node migrate.js', stage).spec?.template.metadata?.labels).toMatchObject(label);
  });

  it('finds the certificates of its databases in a file that Node.js trusts in addition to its own, and so does its release command', () => {
    const { template } = objectsOf(using);
    const command = jobOf(using, 'node migrate.js', stage).spec?.template;
    for (const spec of [template?.spec, command?.spec]) {
      const [container] = spec?.containers ?? [];
      expect(spec?.volumes).toEqual([{ name: 'database-authorities', configMap: { name: 'database-authorities' } }]);
      expect(container?.volumeMounts).toEqual([
        { name: 'database-authorities', mountPath: '/etc/gantry', readOnly: true },
      ]);
      expect(container?.env).toContainEqual({ name: 'NODE_EXTRA_CA_CERTS', value: '/etc/gantry/databases.pem' });
    }
  });

  it('keeps the NODE_EXTRA_CA_CERTS of its own variables', () => {
    const variables = { NODE_EXTRA_CA_CERTS: '/app/own.pem' };
    expect(objectsOf({ ...using, variables }).container?.env?.map(({ name }) => name)).toEqual(['PORT']);
  });

  it('has that policy, and other releases do not', () => {
    expect(objectsOf(web).others.map(({ kind }) => kind)).not.toContain('SecurityGroupPolicy');
    expect(objectsOf(web).template?.metadata?.labels).not.toHaveProperty(['gantry.dev/data']);
  });
});
