import { environment } from '@gantry/cloud/environment.ts';
import { loadBalancerApi } from './load-balancer.ts';

/** What a stage decides of the apps' objects. */
export interface ClusterSettings {
  /** Where requests to apps come from: the networks in which the load balancer has its addresses. */
  readonly loadBalancerNetworks: readonly string[];
  /** Where databases have their addresses. */
  readonly databaseNetworks: readonly string[];
  /** The group by which pods and nodes reach each other and the control plane. */
  readonly clusterGroup: string;
  /** How long a pod keeps serving after it is told to stop, in seconds, because load balancers learn of it late. */
  readonly drainSeconds: number;
  /** The API version of the load balancer's own kinds. */
  readonly loadBalancerApi: string;
}

/** The stage's part from the environment, the cluster's from itself. Throws NotFound where the cluster has no load balancer of AWS. */
export async function clusterSettings(): Promise<ClusterSettings> {
  return {
    loadBalancerApi: await loadBalancerApi(),
    loadBalancerNetworks: environment('LOAD_BALANCER_NETWORKS').split(','),
    databaseNetworks: environment('DATABASE_NETWORKS').split(','),
    clusterGroup: environment('CLUSTER_SECURITY_GROUP'),
    drainSeconds: Number(environment('DRAIN_SECONDS')),
  };
}
