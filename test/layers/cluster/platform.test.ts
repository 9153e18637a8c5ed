import { PlatformSettings, platformObjects } from '@gantry/cluster/platform.ts';
import { roleObjects } from '@gantry/cluster/roles.ts';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';

const Role = z.object({
  kind: z.literal('ClusterRole'),
  metadata: z.object({ name: z.string() }),
  rules: z.array(
    z.object({ apiGroups: z.array(z.string()), resources: z.array(z.string()), verbs: z.array(z.string()) }),
  ),
});

const Pods = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({
        containers: z.array(
          z.object({ name: z.string(), command: z.array(z.string()).optional(), args: z.array(z.string()).optional() }),
        ),
      }),
    }),
  }),
});

const roles = roleObjects('eks.amazonaws.com').flatMap((object) => Role.safeParse(object).data ?? []);
const settings = PlatformSettings.parse({
  ServiceToken: 'arn:aws:lambda:eu-central-1:111122223333:function:bootstrap',
  NodeRoleName: 'node-role',
  SubnetIds: ['subnet-1', 'subnet-2'],
  SecurityGroupId: 'sg-1',
  LoadBalancerSubnetIds: ['subnet-8', 'subnet-9'],
  AppLogGroup: '/gantry/test/apps',
  EventLogGroup: '/gantry/test/cluster-events',
  LogShipperServiceAccount: 'log-shipper',
  LogLinesPerSecond: 1000,
});
const objects = platformObjects(settings, 'eu-central-1', 'eks.amazonaws.com/v1');
const find = (all: readonly { kind?: string }[], kind: string) => all.find((object) => object.kind === kind);
const configuration = objects
  .flatMap((object) => z.object({ data: z.record(z.string(), z.string()) }).safeParse(object).data ?? [])
  .flatMap(({ data }) => data['fluent-bit.conf'] ?? [])
  .join();

describe('the cluster roles of functions', () => {
  it('let nobody read a Secret', () => {
    const onSecrets = roles.flatMap(({ rules }) => rules.filter(({ resources }) => resources.includes('secrets')));
    const verbs = onSecrets.flatMap((rule) => rule.verbs);
    expect(verbs).toEqual(expect.arrayContaining(['create', 'patch']));
    expect(verbs).not.toEqual(expect.arrayContaining([expect.stringMatching(/get|list|watch/)]));
  });

  it('name every group, resource and verb', () => {
    for (const { apiGroups, resources, verbs } of roles.flatMap(({ rules }) => rules)) {
      expect([...apiGroups, ...resources, ...verbs]).not.toContain('*');
    }
  });

  it.each([
    ['gantry-reader', ['get', 'list', 'watch']],
    ['gantry-remover', ['delete', 'get', 'list']],
  ])('let %s do only %j', (name, verbs) => {
    const role = roles.find(({ metadata }) => metadata.name === name);
    expect([...new Set(role?.rules.flatMap((rule) => rule.verbs))].sort()).toEqual(verbs);
  });
});

describe('the objects of the platform', () => {
  it('switch on network policies, in the cluster and in the node class of apps', () => {
    expect(objects).toContainEqual(
      expect.objectContaining({
        metadata: { name: 'amazon-vpc-cni', namespace: 'kube-system' },
        data: { 'enable-network-policy-controller': 'true' },
      }),
    );
    const [nodeClass, nodePool] = ['NodeClass', 'NodePool'].map((kind) => objects.find((each) => each.kind === kind));
    expect(nodeClass).toMatchObject({ metadata: { name: 'apps' }, spec: { networkPolicy: 'DefaultAllow' } });
    expect(nodePool).toMatchObject({ spec: { template: { spec: { nodeClassRef: { name: 'apps' } } } } });
  });

  it('name a command wherever they give arguments, because an image may have no entrypoint', () => {
    // aws-for-fluent-bit has only a default command: https://github.com/aws/aws-for-fluent-bit/blob/mainline/scripts/dockerfiles
    const containers = objects.flatMap((object) => Pods.safeParse(object).data?.spec.template.spec.containers ?? []);
    expect(containers.map(({ name }) => name).sort()).toEqual(['event-shipper', 'log-shipper']);
    for (const { command, args } of containers)
      expect({ command, args }).toEqual({
        command: ['/fluent-bit/bin/fluent-bit'],
        args: ['-c', '/config/fluent-bit.conf'],
      });
  });

  it('begin with the namespace of the others', () => {
    expect(objects[0]).toMatchObject({ kind: 'Namespace', metadata: { name: 'gantry-system' } });
  });

  it('accept at the Gateway the routes of every namespace', () => {
    expect(find(objects, 'Gateway')).toMatchObject({
      metadata: { name: 'apps', namespace: 'gantry-system' },
      spec: { listeners: [{ protocol: 'HTTP', port: 80, allowedRoutes: { namespaces: { from: 'All' } } }] },
    });
  });

  // The scheme's default is internal, and the configuration must be in the Gateway's own namespace:
  // https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/gateway/customization/
  it.each(['eks.amazonaws.com/v1', 'gateway.k8s.aws/v1', 'gateway.k8s.aws/v1beta1'])(
    'put the load balancer on the internet, in subnets that apps let in, for a cluster with the kinds of %s',
    (api) => {
      const all = platformObjects(settings, 'eu-central-1', api);
      const [group] = api.split('/');
      expect(find(all, 'LoadBalancerConfiguration')).toMatchObject({
        apiVersion: api,
        metadata: { name: 'apps', namespace: 'gantry-system' },
        spec: {
          scheme: 'internet-facing',
          loadBalancerSubnets: [{ identifier: 'subnet-8' }, { identifier: 'subnet-9' }],
        },
      });
      expect(find(all, 'Gateway')).toMatchObject({
        metadata: { namespace: 'gantry-system' },
        spec: { infrastructure: { parametersRef: { group, kind: 'LoadBalancerConfiguration', name: 'apps' } } },
      });
      const rules = all.flatMap((object) => Role.safeParse(object).data?.rules ?? []);
      const onGroups = rules.filter(({ resources }) => resources.includes('targetgroupconfigurations'));
      expect(onGroups.map(({ apiGroups, verbs }) => [apiGroups, verbs])).toEqual([
        [[group], ['create', 'patch', 'delete']],
        [[group], ['delete']],
      ]);
    },
  );

  // The certificate belongs to the configuration, not to the listener:
  // https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/gateway/l7gateway/
  it('serve apps with a domain over TLS, and redirect plain HTTP there', () => {
    const certificate = 'arn:aws:acm:eu-central-1:111122223333:certificate/1';
    const secure = { ...settings, AppsDomain: 'apps.example.net', AppsCertificate: certificate };
    const all = platformObjects(secure, 'eu-central-1', 'eks.amazonaws.com/v1');
    expect(find(all, 'LoadBalancerConfiguration')).toMatchObject({
      spec: { listenerConfigurations: [{ protocolPort: 'HTTPS:443', defaultCertificate: certificate }] },
    });
    // An app's route names no listener, so it is attached to each listener that accepts its namespace.
    expect(find(all, 'Gateway')).toMatchObject({
      spec: {
        listeners: [
          { name: 'http', port: 80, allowedRoutes: { namespaces: { from: 'Same' } } },
          { name: 'https', protocol: 'HTTPS', port: 443, allowedRoutes: { namespaces: { from: 'All' } } },
        ],
      },
    });
    expect(find(all, 'HTTPRoute')).toMatchObject({
      metadata: { namespace: 'gantry-system' },
      spec: {
        parentRefs: [{ name: 'apps', sectionName: 'http' }],
        hostnames: ['*.apps.example.net'],
        rules: [{ filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }] }],
      },
    });
  });

  it('send log lines to a stream named by namespace, pod and container', () => {
    expect(configuration).toContain('log_stream_prefix  env-');
    expect(configuration).toContain('<environment>/<pod>/<container>');
    const [, source = ''] = /Tag_Regex\s+(\S+)/.exec(configuration) ?? [];
    const pattern = new RegExp(source);
    const file = `rel-01j8-6d5f-x2x_env-01j8_svc-01j8-${'0f'.repeat(32)}.log`;
    expect(pattern.exec(file)?.groups).toEqual({
      pod: 'rel-01j8-6d5f-x2x',
      environment: '01j8',
      container: 'svc-01j8',
    });
  });

  it('restart the log shipper when its configuration changes, and only then', () => {
    const shipper = (group: string) =>
      JSON.stringify(
        platformObjects({ ...settings, AppLogGroup: group }, 'eu-central-1', 'eks.amazonaws.com/v1').find(
          ({ kind }) => kind === 'DaemonSet',
        ),
      );
    expect(shipper('/gantry/test/apps')).toBe(shipper('/gantry/test/apps'));
    expect(shipper('/gantry/test/apps')).not.toBe(shipper('/gantry/other/apps'));
  });
});
