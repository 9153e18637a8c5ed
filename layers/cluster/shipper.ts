import { createHash } from 'node:crypto';
import type { KubernetesObject } from '@gantry/cloud/kubernetes/types.ts';
import { limitScript } from './limit.ts';
import { SYSTEM_NAMESPACE } from './names.ts';

/** https://github.com/aws/aws-for-fluent-bit/releases */
export const IMAGE = 'public.ecr.aws/aws-observability/aws-for-fluent-bit:3.4.15';
/**
 * The image has no entrypoint, only a default command, which `args` alone would replace.
 * https://github.com/aws/aws-for-fluent-bit/blob/mainline/scripts/dockerfiles/Dockerfile.build
 */
export const FLUENT_BIT = ['/fluent-bit/bin/fluent-bit'];
const NAME = 'log-shipper';

export interface ShipperSettings {
  readonly region: string;
  readonly logGroup: string;
  /** Its pods write to the log group by EKS Pod Identity, so that no app on the node can. */
  readonly serviceAccount: string;
  /** How many lines a second of a replica are shipped. */
  readonly linesPerSecond: number;
}

/**
 * The node agent that ships what apps print to the log group, stream `<namespace>/<pod>/<container>`. The kubelet names a container's file
 * `<pod>_<namespace>_<container>-<id>.log`; only namespaces of environments are read. Fluent Bit joins the stream's prefix and the tag, hence
 * the split namespace. https://docs.fluentbit.io/manual/pipeline/outputs/cloudwatch and .../inputs/tail (Tag_Regex)
 * No app waits for it: it reads files that containerd writes and rotates. The container runtime splits a line at 16 KB, which
 * `multiline.parser cri` joins up to the buffer's limit.
 */
export function shipperObjects(settings: ShipperSettings): KubernetesObject[] {
  const config = { 'fluent-bit.conf': configOf(settings), 'limit.lua': limitScript(settings.linesPerSecond) };
  const metadata = { name: NAME, namespace: SYSTEM_NAMESPACE };
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: config };
  const daemonSet = { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata, spec: daemonSpec(settings, config) };
  return [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: settings.serviceAccount, namespace: SYSTEM_NAMESPACE },
    },
    configMap,
    daemonSet,
  ];
}

function configOf({ region, logGroup }: ShipperSettings): string {
  return `[SERVICE]
    Flush      1
    Log_Level  warn
    multiline_buffer_limit 256K
[INPUT]
    Name              tail
    Path              /var/log/containers/*_env-*_*.log
    Tag               <environment>/<pod>/<container>
    Tag_Regex         (?<pod>[a-z0-9][-a-z0-9.]*)_env-(?<environment>[^_]+)_(?<container>.+)-[0-9a-f]{64}\\.log$
    multiline.parser  cri
    DB                /var/fluent-bit/state/apps.db
    Mem_Buf_Limit     32MB
    Buffer_Max_Size   64k
    Skip_Long_Lines   On
    Read_from_Head    On
[FILTER]
    Name    lua
    Match   *
    script  /config/limit.lua
    call    limit
[OUTPUT]
    Name               cloudwatch_logs
    Match              *
    region             ${region}
    log_group_name     ${logGroup}
    log_stream_prefix  env-
    log_key            log
    auto_create_group  Off
`;
}

function daemonSpec({ serviceAccount }: ShipperSettings, config: Readonly<Record<string, string>>) {
  const labels = { 'app.kubernetes.io/name': NAME };
  return {
    selector: { matchLabels: labels },
    template: {
      // A changed configuration restarts the agents.
      metadata: {
        labels,
        annotations: {
          'gantry.dev/config': createHash('sha256').update(JSON.stringify(config)).digest('hex').slice(0, 16),
        },
      },
      spec: {
        serviceAccountName: serviceAccount,
        priorityClassName: 'system-node-critical',
        tolerations: [{ operator: 'Exists' }],
        containers: [
          {
            name: NAME,
            image: IMAGE,
            command: FLUENT_BIT,
            args: ['-c', '/config/fluent-bit.conf'],
            resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } },
            volumeMounts: [
              { name: 'config', mountPath: '/config', readOnly: true },
              { name: 'logs', mountPath: '/var/log', readOnly: true },
              { name: 'state', mountPath: '/var/fluent-bit/state' },
            ],
          },
        ],
        volumes: [
          { name: 'config', configMap: { name: NAME } },
          { name: 'logs', hostPath: { path: '/var/log' } },
          { name: 'state', hostPath: { path: '/var/fluent-bit/state', type: 'DirectoryOrCreate' } },
        ],
      },
    },
  };
}
