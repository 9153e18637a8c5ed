import type { Step, Topic } from '../transcript.ts';
import { APPS, apply, awaited, CORE, DEPLOYMENTS, deployment, get, post, remove, settled } from './steps.ts';

const GATEWAY = 'gateway.networking.k8s.io/v1';
const RBAC = 'rbac.authorization.k8s.io/v1';
const labels = { app: 'web' };
const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'registry.test/app:1' }] } };
const oneOf = (apiVersion: string, kind: string, name: string, rest: object) => ({
  apiVersion,
  kind,
  metadata: { name },
  ...rest,
});
const create = (name: string, path: string, apiVersion: string, kind: string, rest: object, object = 'web'): Step =>
  post(name, path, oneOf(apiVersion, kind, object, rest));
const within = (group: string, plural: string) => `/apis/${group}/namespaces/{{ns}}/${plural}`;

const whole = {
  env: [
    { name: 'A', value: '1' },
    { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
  ],
  envFrom: [{ secretRef: { name: 'env' } }],
  resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '0.5', memory: '0.5Gi' } },
  readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 },
  livenessProbe: { tcpSocket: { port: 8080 } },
  startupProbe: { exec: { command: ['true'] } },
  lifecycle: { preStop: { sleep: { seconds: 5 } } },
  securityContext: { allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: { drop: ['ALL'] } },
};

/** The kinds that the platform writes, with the API server's defaults. */
export const kinds: Topic = {
  topic: 'kinds',
  steps: [
    post('deployment', DEPLOYMENTS, deployment('web', {}, whole)),
    settled('deployment settled', 'web', 1),
    get('its replica set', `${APPS}/replicasets?labelSelector=app%3Dweb`),
    create(
      'replica set',
      `${APPS}/replicasets`,
      'apps/v1',
      'ReplicaSet',
      {
        spec: {
          replicas: 0,
          selector: { matchLabels: { set: 'x' } },
          template: { ...template, metadata: { labels: { set: 'x' } } },
        },
      },
      'alone',
    ),
    create('pod', `${CORE}/pods`, 'v1', 'Pod', { spec: { ...template.spec, automountServiceAccountToken: false } }),
    create('service', `${CORE}/services`, 'v1', 'Service', {
      spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
    }),
    create(
      'headless service',
      `${CORE}/services`,
      'v1',
      'Service',
      { spec: { selector: labels, clusterIP: 'None', ports: [{ port: 80 }] } },
      'headless',
    ),
    create(
      'named service',
      `${CORE}/services`,
      'v1',
      'Service',
      { spec: { type: 'ExternalName', externalName: 'example.com' } },
      'named',
    ),
    create(
      'network policy',
      within('networking.k8s.io/v1', 'networkpolicies'),
      'networking.k8s.io/v1',
      'NetworkPolicy',
      {
        spec: {
          podSelector: {},
          ingress: [{ from: [{ podSelector: { matchLabels: labels } }], ports: [{ port: 80 }] }],
        },
      },
    ),
    create('disruption budget', within('policy/v1', 'poddisruptionbudgets'), 'policy/v1', 'PodDisruptionBudget', {
      spec: { minAvailable: 1, selector: { matchLabels: labels } },
    }),
    create(
      'cluster role',
      `/apis/${RBAC}/clusterroles`,
      RBAC,
      'ClusterRole',
      { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] },
      '{{ns}}:reader',
    ),
    create(
      'cluster role binding',
      `/apis/${RBAC}/clusterrolebindings`,
      RBAC,
      'ClusterRoleBinding',
      {
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: '{{ns}}:reader' },
        subjects: [
          { kind: 'Group', name: 'readers' },
          { kind: 'ServiceAccount', name: 'runner', namespace: '{{ns}}' },
        ],
      },
      '{{ns}}:readers',
    ),
    create(
      'binding of a role that moves',
      `/apis/${RBAC}/clusterrolebindings?dryRun=All`,
      RBAC,
      'ClusterRoleBinding',
      { roleRef: { kind: 'ClusterRole', name: 'x' } },
      '{{ns}}:others',
    ),
    create('role', within(RBAC, 'roles'), RBAC, 'Role', {
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
    }),
    create('role binding', within(RBAC, 'rolebindings'), RBAC, 'RoleBinding', {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'web' },
      subjects: [{ kind: 'User', name: 'someone' }],
    }),
    remove('delete the binding', `/apis/${RBAC}/clusterrolebindings/{{ns}}:readers`),
    remove('delete the role', `/apis/${RBAC}/clusterroles/{{ns}}:reader`),
    create('gateway', within(GATEWAY, 'gateways'), GATEWAY, 'Gateway', {
      spec: {
        gatewayClassName: 'apps',
        listeners: [{ name: 'http', protocol: 'HTTP', port: 80, allowedRoutes: { namespaces: { from: 'All' } } }],
      },
    }),
    apply(
      'route',
      'first',
      `${within(GATEWAY, 'httproutes')}/web`,
      oneOf(GATEWAY, 'HTTPRoute', 'web', {
        spec: {
          parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'none' }],
          hostnames: ['web.localhost'],
          rules: [
            {
              matches: [{ path: { type: 'PathPrefix', value: '/' } }],
              backendRefs: [{ group: '', kind: 'Service', name: 'web', port: 80, weight: 1 }],
            },
          ],
        },
      }),
    ),
    apply(
      'route of another',
      'second',
      `${within(GATEWAY, 'httproutes')}/web`,
      oneOf(GATEWAY, 'HTTPRoute', 'web', { spec: { hostnames: ['other.localhost'] } }),
    ),
  ],
};

/** Kinds with controllers that count or run: quotas, limits, jobs, autoscalers. */
export const limits: Topic = {
  topic: 'limits',
  steps: [
    create('limit range', `${CORE}/limitranges`, 'v1', 'LimitRange', {
      spec: {
        limits: [
          {
            type: 'Container',
            defaultRequest: { cpu: '50m', memory: '32Mi' },
            default: { cpu: '500m', memory: '256Mi' },
            max: { memory: '512Mi' },
          },
        ],
      },
    }),
    create(
      'pod with defaults',
      `${CORE}/pods`,
      'v1',
      'Pod',
      { spec: { ...template.spec, automountServiceAccountToken: false } },
      'defaulted',
    ),
    create(
      'pod above the limit',
      `${CORE}/pods`,
      'v1',
      'Pod',
      { spec: { containers: [{ name: 'app', image: 'x', resources: { limits: { memory: '1Gi' } } }] } },
      'large',
    ),
    remove('delete the pod', `${CORE}/pods/defaulted`, { gracePeriodSeconds: 0 }),
    create('quota', `${CORE}/resourcequotas`, 'v1', 'ResourceQuota', {
      spec: { hard: { 'count/configmaps': '3', pods: '1', 'requests.cpu': '100m', 'limits.memory': '300Mi' } },
    }),
    awaited('quota counted', `${CORE}/resourcequotas/web`, { values: { 'status.used.pods': '0' } }),
    {
      ...create(
        'pod within the quota',
        `${CORE}/pods`,
        'v1',
        'Pod',
        { spec: { ...template.spec, automountServiceAccountToken: false } },
        'within',
      ),
      until: { status: 201 },
    },
    {
      ...create(
        'pod beyond the quota',
        `${CORE}/pods?dryRun=All`,
        'v1',
        'Pod',
        { spec: { ...template.spec, automountServiceAccountToken: false } },
        'beyond',
      ),
      until: { status: 403 },
    },
    awaited('quota used', `${CORE}/resourcequotas/web`, { values: { 'status.used.pods': '1' } }),
    create(
      'autoscaler',
      within('autoscaling/v2', 'horizontalpodautoscalers'),
      'autoscaling/v2',
      'HorizontalPodAutoscaler',
      {
        spec: {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
          minReplicas: 1,
          maxReplicas: 3,
          metrics: [
            { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
          ],
        },
      },
    ),
    create('job', within('batch/v1', 'jobs'), 'batch/v1', 'Job', {
      spec: { suspend: true, backoffLimit: 0, template: { spec: { ...template.spec, restartPolicy: 'Never' } } },
    }),
    create('job that always restarts', within('batch/v1', 'jobs'), 'batch/v1', 'Job', { spec: { template } }, 'wrong'),
    create('cron job', within('batch/v1', 'cronjobs'), 'batch/v1', 'CronJob', {
      spec: {
        schedule: '0 4 * * *',
        suspend: true,
        jobTemplate: { spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } },
      },
    }),
    create(
      'cron job of no schedule',
      within('batch/v1', 'cronjobs'),
      'batch/v1',
      'CronJob',
      {
        spec: {
          schedule: 'often',
          jobTemplate: { spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } },
        },
      },
      'wrong',
    ),
  ],
};
