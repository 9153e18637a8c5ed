import * as z from 'zod';

/*
 * Fields of the custom kinds that Gantry writes, declared by us after the published definitions, each with its source (all Apache-2.0, read in
 * November 2026). Strict: a field that upstream does not have is an error here, where a real API server would drop or refuse it.
 */

const text = z.string();
const int = z.int();
const tags = z.record(text, text);
const selector = z.strictObject({
  matchLabels: tags.optional(),
  matchExpressions: z.array(z.strictObject({ key: text, operator: text, values: z.array(text).optional() })).optional(),
});
const metadata = z.strictObject({
  name: text,
  namespace: text.optional(),
  labels: tags.optional(),
  annotations: tags.optional(),
});

function kind(apiVersion: string, name: string, spec: z.ZodType): readonly [string, z.ZodType] {
  const shape = { apiVersion: z.literal(apiVersion), kind: z.literal(name), metadata, spec };
  return [`${apiVersion} ${name}`, z.strictObject(shape)];
}

const objectRef = z.strictObject({ group: text, kind: text, name: text });
const secretRef = z.strictObject({
  group: text.optional(),
  kind: text.optional(),
  name: text,
  namespace: text.optional(),
});

/** kubernetes-sigs/gateway-api, config/crd/standard, version v1 of each kind. */
const GATEWAY = 'gateway.networking.k8s.io/v1';
const gatewayClass = z.strictObject({
  controllerName: z.string().regex(/^[a-z0-9.-]+\/[A-Za-z0-9/_.~%-]+$/),
  description: z.string().max(64).optional(),
  parametersRef: objectRef.extend({ namespace: text.optional() }).optional(),
});
const listener = z.strictObject({
  name: text,
  hostname: text.optional(),
  port: z.int().min(1).max(65_535),
  protocol: text,
  tls: z
    .strictObject({
      mode: z.enum(['Terminate', 'Passthrough']).optional(),
      certificateRefs: z.array(secretRef).optional(),
      options: tags.optional(),
    })
    .optional(),
  allowedRoutes: z
    .strictObject({
      namespaces: z
        .strictObject({ from: z.enum(['All', 'Selector', 'Same']).optional(), selector: selector.optional() })
        .optional(),
      kinds: z
        .array(z.strictObject({ group: text.optional(), kind: text }))
        .max(8)
        .optional(),
    })
    .optional(),
});
const gateway = z.strictObject({
  gatewayClassName: text,
  listeners: z.array(listener).min(1).max(64),
  addresses: z.array(z.strictObject({ type: text.optional(), value: text.optional() })).optional(),
  infrastructure: z
    .strictObject({ labels: tags.optional(), annotations: tags.optional(), parametersRef: objectRef.optional() })
    .optional(),
});
const headers = z.strictObject({
  set: z.array(z.strictObject({ name: text, value: text })).optional(),
  add: z.array(z.strictObject({ name: text, value: text })).optional(),
  remove: z.array(text).optional(),
});
const pathChange = z.strictObject({
  type: z.enum(['ReplaceFullPath', 'ReplacePrefixMatch']),
  replaceFullPath: text.optional(),
  replacePrefixMatch: text.optional(),
});
const filter = z.strictObject({
  type: z.enum([
    'RequestHeaderModifier',
    'ResponseHeaderModifier',
    'RequestMirror',
    'RequestRedirect',
    'URLRewrite',
    'ExtensionRef',
    'CORS',
  ]),
  requestHeaderModifier: headers.optional(),
  responseHeaderModifier: headers.optional(),
  extensionRef: objectRef.optional(),
  requestRedirect: z
    .strictObject({
      scheme: z.enum(['http', 'https']).optional(),
      hostname: text.optional(),
      path: pathChange.optional(),
      port: int.optional(),
      statusCode: z.union([301, 302, 303, 307, 308].map((code) => z.literal(code))).optional(),
    })
    .optional(),
  urlRewrite: z.strictObject({ hostname: text.optional(), path: pathChange.optional() }).optional(),
});
const match = z.strictObject({ type: text.optional(), name: text, value: text });
const rule = z.strictObject({
  name: text.optional(),
  matches: z
    .array(
      z.strictObject({
        path: z
          .strictObject({
            type: z.enum(['Exact', 'PathPrefix', 'RegularExpression']).optional(),
            value: text.optional(),
          })
          .optional(),
        headers: z.array(match).max(16).optional(),
        queryParams: z.array(match).max(16).optional(),
        method: text.optional(),
      }),
    )
    .max(64)
    .optional(),
  filters: z.array(filter).max(16).optional(),
  backendRefs: z
    .array(
      secretRef.extend({
        port: int.optional(),
        weight: z.int().min(0).max(1_000_000).optional(),
        filters: z.array(filter).optional(),
      }),
    )
    .max(16)
    .optional(),
});
const httpRoute = z.strictObject({
  parentRefs: z
    .array(secretRef.extend({ sectionName: text.optional(), port: int.optional() }))
    .max(32)
    .optional(),
  hostnames: z
    .array(z.string().regex(/^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/))
    .max(16)
    .optional(),
  rules: z.array(rule).max(16).optional(),
});

/** kubernetes-sigs/karpenter, pkg/apis/crds/karpenter.sh_nodepools.yaml. */
const taint = z.strictObject({
  key: text,
  value: text.optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
});
const duration = z.string().regex(/^(([0-9]+(s|m|h))+|Never)$/);
const requirement = z.strictObject({
  key: text,
  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt', 'Gte', 'Lte']),
  values: z.array(text).optional(),
  minValues: int.optional(),
});
const nodePool = z.strictObject({
  template: z.strictObject({
    metadata: z.strictObject({ labels: tags.optional(), annotations: tags.optional() }).optional(),
    spec: z.strictObject({
      nodeClassRef: objectRef,
      requirements: z.array(requirement),
      taints: z.array(taint).optional(),
      startupTaints: z.array(taint).optional(),
      expireAfter: duration.optional(),
      terminationGracePeriod: duration.optional(),
    }),
  }),
  disruption: z
    .strictObject({
      consolidateAfter: duration,
      consolidationPolicy: z.enum(['WhenEmpty', 'WhenEmptyOrUnderutilized', 'Balanced']).optional(),
      budgets: z
        .array(
          z.strictObject({
            nodes: text,
            schedule: text.optional(),
            duration: text.optional(),
            reasons: z.array(z.enum(['Underutilized', 'Empty', 'Drifted'])).optional(),
          }),
        )
        .optional(),
    })
    .optional(),
  limits: tags.optional(),
  weight: int.optional(),
});

/** https://docs.aws.amazon.com/eks/latest/userguide/create-node-class.html: AWS publishes no definition of it, only this page. */
const term = z.strictObject({ id: text.optional(), name: text.optional(), tags: tags.optional() });
const nodeClass = z.strictObject({
  role: text.optional(),
  instanceProfile: text.optional(),
  subnetSelectorTerms: z.array(term),
  securityGroupSelectorTerms: z.array(term),
  podSubnetSelectorTerms: z.array(term).optional(),
  podSecurityGroupSelectorTerms: z.array(term).optional(),
  snatPolicy: z.enum(['Random', 'Disabled']).optional(),
  networkPolicy: z.enum(['DefaultAllow', 'DefaultDeny']).optional(),
  networkPolicyEventLogs: z.enum(['Enabled', 'Disabled']).optional(),
  ephemeralStorage: z
    .strictObject({
      size: text.optional(),
      iops: int.optional(),
      throughput: int.optional(),
      kmsKeyID: text.optional(),
    })
    .optional(),
  tags: tags.optional(),
});

/** kubernetes-sigs/aws-load-balancer-controller, config/crd/gateway, version v1. Auto Mode may serve the same kinds in another group. */
const keyValue = z.strictObject({ key: text, value: text });
const loadBalancer = z.strictObject({
  scheme: z.enum(['internal', 'internet-facing']).optional(),
  loadBalancerName: z.string().min(1).max(32).optional(),
  ipAddressType: z.enum(['ipv4', 'dualstack', 'dualstack-without-public-ipv4']).optional(),
  mergingMode: z.enum(['prefer-gateway', 'prefer-gateway-class']).optional(),
  loadBalancerAttributes: z.array(keyValue).optional(),
  loadBalancerSubnets: z.array(z.strictObject({ identifier: text })).optional(),
  loadBalancerSubnetsSelector: z.record(text, z.array(text)).optional(),
  defaultTargetGroupConfiguration: z.strictObject({ name: text }).optional(),
  listenerConfigurations: z
    .array(
      z.strictObject({
        protocolPort: z.string().regex(/^(HTTP|HTTPS|TLS|TCP|UDP|TCP_UDP):\d{1,5}$/),
        defaultCertificate: text.optional(),
        certificates: z.array(text).optional(),
        sslPolicy: text.optional(),
        listenerAttributes: z.array(keyValue).optional(),
      }),
    )
    .optional(),
  securityGroups: z.array(text).optional(),
  manageBackendSecurityGroupRules: z.boolean().optional(),
  sourceRanges: z.array(text).optional(),
  wafV2: z.strictObject({ webACL: text }).optional(),
  tags: tags.optional(),
});
const targetGroupProps = z.strictObject({
  targetType: z.enum(['instance', 'ip']).optional(),
  targetGroupName: text.optional(),
  ipAddressType: z.enum(['ipv4', 'ipv6']).optional(),
  protocol: z.enum(['HTTP', 'HTTPS', 'TCP', 'TLS', 'UDP', 'TCP_UDP']).optional(),
  protocolVersion: z.enum(['HTTP1', 'HTTP2', 'GRPC']).optional(),
  targetGroupAttributes: z.array(keyValue).optional(),
  enableMultiCluster: z.boolean().optional(),
  nodeSelector: selector.optional(),
  tags: tags.optional(),
  healthCheckConfig: z
    .strictObject({
      healthCheckInterval: int.optional(),
      healthCheckPath: text.optional(),
      healthCheckPort: text.optional(),
      healthCheckProtocol: z.enum(['HTTP', 'HTTPS', 'TCP']).optional(),
      healthCheckTimeout: int.optional(),
      healthyThresholdCount: int.optional(),
      unhealthyThresholdCount: int.optional(),
      matcher: z.strictObject({ httpCode: text.optional(), grpcCode: text.optional() }).optional(),
    })
    .optional(),
});
const targetGroup = z.strictObject({
  targetReference: z.strictObject({ group: text.optional(), kind: text.optional(), name: text }).optional(),
  defaultConfiguration: targetGroupProps.optional(),
  routeConfigurations: z
    .array(
      z.strictObject({
        routeIdentifier: z.strictObject({ kind: text.optional(), namespace: text.optional(), name: text.optional() }),
        targetGroupProps,
      }),
    )
    .optional(),
});

/** aws/amazon-vpc-resource-controller-k8s, config/crd/bases/vpcresources.k8s.aws_securitygrouppolicies.yaml. */
const securityGroupPolicy = z.strictObject({
  podSelector: selector.optional(),
  serviceAccountSelector: selector.optional(),
  securityGroups: z.strictObject({
    groupIds: z
      .array(z.string().regex(/^sg-[0-9a-f]+$/))
      .min(1)
      .max(5),
  }),
});

/** Groups under which a cluster may serve the load balancer's kinds. */
const LOAD_BALANCER_GROUPS = ['gateway.k8s.aws/v1', 'eks.amazonaws.com/v1', 'gateway.eks.amazonaws.com/v1'];

/** Each custom kind by `<apiVersion> <kind>`. */
export const CUSTOM_KINDS: ReadonlyMap<string, z.ZodType> = new Map([
  kind(GATEWAY, 'GatewayClass', gatewayClass),
  kind(GATEWAY, 'Gateway', gateway),
  kind(GATEWAY, 'HTTPRoute', httpRoute),
  kind('karpenter.sh/v1', 'NodePool', nodePool),
  kind('eks.amazonaws.com/v1', 'NodeClass', nodeClass),
  kind('vpcresources.k8s.aws/v1beta1', 'SecurityGroupPolicy', securityGroupPolicy),
  ...LOAD_BALANCER_GROUPS.flatMap((group) => [
    kind(group, 'LoadBalancerConfiguration', loadBalancer),
    kind(group, 'TargetGroupConfiguration', targetGroup),
  ]),
]);
