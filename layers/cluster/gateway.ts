import { get } from '@gantry/cloud/kubernetes/objects.ts';
import type { KubernetesObject } from '@gantry/cloud/kubernetes/types.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { GATEWAY, SYSTEM_NAMESPACE } from './names.ts';

export const GATEWAY_API = 'gateway.networking.k8s.io/v1';
/** The load balancer that EKS Auto Mode runs for a Gateway. */
const CONTROLLER = 'eks.amazonaws.com/gateway-alb';
/** TLS 1.2 and 1.3 with forward secrecy: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html */
const TLS_POLICY = 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06';

/** The stage's settings for load balancers. */
export interface GatewaySettings {
  /** The API version of the load balancer's own kinds. */
  readonly api: string;
  /** The subnets of its addresses, which apps let in (`environment.ts`). */
  readonly subnets: readonly string[];
  /** The apps' domain with its certificate; without one apps answer on port 80 only. */
  readonly secure?: { readonly domain: string; readonly certificate: string } | undefined;
}

const gatewayClass = { apiVersion: GATEWAY_API, kind: 'GatewayClass', name: GATEWAY };
const gateway = { apiVersion: GATEWAY_API, kind: 'Gateway', namespace: SYSTEM_NAMESPACE, name: GATEWAY };
/** Redirects requests without TLS to the same address with TLS. */
export const REDIRECT = { apiVersion: GATEWAY_API, kind: 'HTTPRoute', namespace: SYSTEM_NAMESPACE, name: 'https' };

/**
 * The apps' load balancer. Its scheme is internal by default, and its certificate is named here, because a listener's own `certificateRefs` have no
 * effect. With a certificate, the listener without TLS accepts routes of the platform only. So an app's route, which names no listener, attaches to
 * the one with TLS. https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-gateway-api.html,
 * https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/gateway/loadbalancerconfig/
 */
export function gatewayObjects({ api, subnets, secure }: GatewaySettings): KubernetesObject[] {
  const [group = ''] = api.split('/');
  const http = {
    name: 'http',
    protocol: 'HTTP',
    port: 80,
    allowedRoutes: { namespaces: { from: secure ? 'Same' : 'All' } },
  };
  const https = { name: 'https', protocol: 'HTTPS', port: 443, allowedRoutes: { namespaces: { from: 'All' } } };
  const listener = { protocolPort: 'HTTPS:443', defaultCertificate: secure?.certificate, sslPolicy: TLS_POLICY };
  return [
    {
      apiVersion: GATEWAY_API,
      kind: 'GatewayClass',
      metadata: { name: GATEWAY },
      spec: { controllerName: CONTROLLER },
    },
    {
      apiVersion: api,
      kind: 'LoadBalancerConfiguration',
      metadata: { name: GATEWAY, namespace: SYSTEM_NAMESPACE },
      spec: {
        scheme: 'internet-facing',
        loadBalancerSubnets: subnets.map((identifier) => ({ identifier })),
        ...(secure && { listenerConfigurations: [listener] }),
      },
    },
    {
      apiVersion: GATEWAY_API,
      kind: 'Gateway',
      metadata: { name: GATEWAY, namespace: SYSTEM_NAMESPACE },
      spec: {
        gatewayClassName: GATEWAY,
        infrastructure: { parametersRef: { group, kind: 'LoadBalancerConfiguration', name: GATEWAY } },
        listeners: secure ? [http, https] : [http],
      },
    },
    ...(secure ? [redirectTo(secure.domain)] : []),
  ] as KubernetesObject[];
}

function redirectTo(domain: string) {
  const { apiVersion, kind, name, namespace } = REDIRECT;
  const requestRedirect = { scheme: 'https', port: 443, statusCode: 301 };
  return {
    apiVersion,
    kind,
    metadata: { name, namespace },
    spec: {
      parentRefs: [{ name: GATEWAY, sectionName: 'http' }],
      hostnames: [`*.${domain}`],
      rules: [{ filters: [{ type: 'RequestRedirect', requestRedirect }] }],
    },
  };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

interface Reported extends KubernetesObject {
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly addresses?: readonly { readonly value: string }[];
  };
}

/** The load balancer's name in DNS. Throws Unavailable, with the cluster's message, until it answers. */
export async function gatewayAddress(): Promise<string> {
  requireCondition('GatewayClass', 'Accepted', await get<Reported>(gatewayClass));
  const live = await get<Reported>(gateway);
  requireCondition('Gateway', 'Programmed', live);
  const address = live?.status?.addresses?.[0]?.value;
  if (address === undefined) throw unfinished('Gateway', 'it has no address');
  return address;
}

function requireCondition(kind: string, type: string, object: Reported | undefined): void {
  const found = object?.status?.conditions?.find((condition) => condition.type === type);
  if (found?.status === 'True') return;
  const why =
    found === undefined
      ? 'the cluster says nothing about it'
      : `it is ${found.status} (${found.reason ?? ''}): ${found.message ?? ''}`;
  throw unfinished(kind, `${type} is not true, ${why}`);
}

function unfinished(kind: string, why: string): GantryError {
  const look = `kubectl describe ${kind.toLowerCase()} ${GATEWAY} -n ${SYSTEM_NAMESPACE}`;
  return new GantryError(
    'Unavailable',
    `The load balancer of ${kind} ${GATEWAY} does not serve: ${why}. Look at \`${look}\`.`,
  );
}
