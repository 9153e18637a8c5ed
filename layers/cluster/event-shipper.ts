import type { KubernetesObject } from '@gantry/cloud/kubernetes/types.ts';
import { SYSTEM_NAMESPACE } from './names.ts';
import { shortHash } from './objects.ts';
import { FLUENT_BIT, IMAGE, type ShipperSettings } from './shipper.ts';

const NAME = 'event-shipper';

/**
 * One pod that ships the cluster's Events to a log group. From them functions learn that an app exited, was killed or fails its checks. It is a
 * StatefulSet, of which never two run; a second pod would only send everything twice.
 * https://docs.fluentbit.io/manual/pipeline/inputs/kubernetes-events
 */
export function eventShipperObjects(settings: Omit<ShipperSettings, 'linesPerSecond'>): KubernetesObject[] {
  const config = { 'fluent-bit.conf': configOf(settings) };
  const metadata = { name: NAME, namespace: SYSTEM_NAMESPACE };
  const statefulSet = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata, spec: specOf(settings, config) };
  return [
    ...rightsOf(settings.serviceAccount),
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: config } as KubernetesObject,
    statefulSet,
  ];
}

/** After a start, the shipper skips Events older than a minute: the reconciler has looked meanwhile. */
function configOf({ region, logGroup }: Pick<ShipperSettings, 'region' | 'logGroup'>): string {
  return `[SERVICE]
    Flush      1
    Log_Level  warn
[INPUT]
    Name                 kubernetes_events
    Tag                  events
    kube_url             https://kubernetes.default.svc
    kube_retention_time  1m
    interval_sec         1
[OUTPUT]
    Name               cloudwatch_logs
    Match              events
    region             ${region}
    log_group_name     ${logGroup}
    log_stream_name    events
    auto_create_group  Off
`;
}

function rightsOf(serviceAccount: string): KubernetesObject[] {
  const apiGroup = 'rbac.authorization.k8s.io';
  const name = 'gantry-event-shipper';
  const rules = [{ apiGroups: [''], resources: ['events', 'namespaces', 'pods'], verbs: ['get', 'list', 'watch'] }];
  const role = { apiVersion: `${apiGroup}/v1`, kind: 'ClusterRole', metadata: { name }, rules };
  const binding = {
    apiVersion: `${apiGroup}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup, kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name: serviceAccount, namespace: SYSTEM_NAMESPACE }],
  };
  return [role, binding];
}

function specOf({ serviceAccount }: Pick<ShipperSettings, 'serviceAccount'>, config: Readonly<Record<string, string>>) {
  const labels = { 'app.kubernetes.io/name': NAME };
  return {
    replicas: 1,
    serviceName: NAME,
    selector: { matchLabels: labels },
    template: {
      // A changed configuration restarts it.
      metadata: { labels, annotations: { 'gantry.dev/config': shortHash(config) } },
      spec: {
        serviceAccountName: serviceAccount,
        containers: [
          {
            name: NAME,
            image: IMAGE,
            command: FLUENT_BIT,
            args: ['-c', '/config/fluent-bit.conf'],
            resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '128Mi' } },
            volumeMounts: [{ name: 'config', mountPath: '/config', readOnly: true }],
          },
        ],
        volumes: [{ name: 'config', configMap: { name: NAME } }],
      },
    },
  };
}
