import { environment } from '@gantry/cloud/environment.ts';

/** What a stage decides of the apps' objects. */
export interface ClusterSettings {
  /** Where requests to apps come from: the networks in which the load balancer has its addresses. */
  readonly loadBalancerNetworks: readonly string[];
  /** How long a pod keeps serving after it is told to stop, in seconds, because load balancers learn of it late. */
  readonly drainSeconds: number;
}

export function clusterSettings(): ClusterSettings {
  return {
    loadBalancerNetworks: environment('LOAD_BALANCER_NETWORKS').split(','),
    drainSeconds: Number(environment('DRAIN_SECONDS')),
  };
}
