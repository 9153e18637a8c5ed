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

/** How much of a service's traffic a release gets, against the sum of all weights. */
export interface Weight {
  readonly releaseId: string;
  readonly weight: number;
}

export interface RouteSpec extends ServiceIds {
  /** The host name under which the service answers. */
  readonly host: string;
  readonly generation: number;
  readonly weights: readonly Weight[];
}

/**
 * A service's route: the weights between its releases. A release with weight 0 gets no request and keeps its target group at the load
 * balancer, with targets that are registered and checked: only such a release can take traffic over without a failed request.
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
