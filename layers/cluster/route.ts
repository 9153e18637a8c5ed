import type { BackendRef, HttpRoute } from '@gantry/cloud/kubernetes/types.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import {
  GATEWAY,
  GENERATION,
  SERVICE_PORT,
  type ServiceIds,
  SPEC_HASH,
  SYSTEM_NAMESPACE,
  serviceLabels,
} from './names.ts';
import { shortHash } from './objects.ts';

/** A release's share of the traffic, relative to the sum of all weights. */
export interface Weight {
  readonly releaseId: string;
  readonly weight: number;
}

export interface RouteSpec extends ServiceIds {
  /** The host name of the service. */
  readonly host: string;
  readonly generation: number;
  readonly weights: readonly Weight[];
}

/**
 * A service's route: the weights of its releases. A release with weight 0 gets no request and keeps its target group at the load balancer, with
 * registered and checked targets: only such a release can take over traffic without a failed request.
 */
export function routeObject(spec: RouteSpec): HttpRoute {
  const backendRefs = spec.weights.map(
    ({ releaseId, weight }): BackendRef => ({ name: toKubernetesName(releaseId), port: SERVICE_PORT, weight }),
  );
  const content: HttpRoute['spec'] = {
    parentRefs: [{ name: GATEWAY, namespace: SYSTEM_NAMESPACE }],
    hostnames: [spec.host],
    rules: [{ backendRefs }],
  };
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: {
      name: toKubernetesName(spec.serviceId),
      namespace: toKubernetesName(spec.environmentId),
      labels: serviceLabels(spec),
      annotations: { [GENERATION]: String(spec.generation), [SPEC_HASH]: shortHash(content) },
    },
    spec: content,
  };
}
