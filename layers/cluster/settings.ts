import { environment } from '@gantry/cloud/environment.ts';
import { loadBalancerApi } from './load-balancer.ts';

/** The stage's settings for objects of apps. */
export interface ClusterSettings {
  /** The networks from which requests to apps come: those of the load balancer's addresses. */
  readonly loadBalancerNetworks: readonly string[];
  /** The networks of databases. */
  readonly databaseNetworks: readonly string[];
  /** The group through which pods, nodes and the control plane reach each other. */
  readonly clusterGroup: string;
  /** How long a pod keeps serving after its stop signal, in seconds, because load balancers react late. */
  readonly drainSeconds: number;
  /** The API version of the load balancer's own kinds. */
  readonly loadBalancerApi: string;
}

/** The stage's part comes from the environment, the cluster's part from the cluster. Throws NotFound when the cluster has no AWS load balancer. */
export async function clusterSettings(): Promise<ClusterSettings> {
  return {
    loadBalancerApi: await loadBalancerApi(),
    loadBalancerNetworks: environment('LOAD_BALANCER_NETWORKS').split(','),
    databaseNetworks: environment('DATABASE_NETWORKS').split(','),
    clusterGroup: environment('CLUSTER_SECURITY_GROUP'),
    drainSeconds: Number(environment('DRAIN_SECONDS')),
  };
}
