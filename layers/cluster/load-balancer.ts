import { servedAs } from '@gantry/cloud/kubernetes/discovery.ts';
import { GantryError } from '@gantry/contract/errors.ts';

/**
 * Groups that may serve the load balancer's own kinds. AWS names no group for Auto Mode's Gateways: its other kinds are in its own group, and those
 * of the self-managed controller in the second. https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-gateway-api.html,
 * https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/gateway/spec/
 */
const GROUPS = [/(^|\.)eks\.amazonaws\.com$/, /(^|\.)k8s\.aws$/];

let found: Promise<string> | undefined;

/**
 * The API version of the load balancer's kinds TargetGroupConfiguration and LoadBalancerConfiguration, looked up once per process. Throws NotFound
 * when the cluster serves none: a load balancer would then be internal, and reach no pod by its address.
 */
export function loadBalancerApi(): Promise<string> {
  found ??= discover().catch((error: unknown) => {
    found = undefined;
    throw error;
  });
  return found;
}

async function discover(): Promise<string> {
  const version = await servedAs('TargetGroupConfiguration', GROUPS);
  if (version !== undefined) return version;
  throw new GantryError(
    'NotFound',
    'The cluster serves no TargetGroupConfiguration in a group of AWS: its load balancer would reach no app. ' +
      'See whether the Gateway API is switched on in EKS Auto Mode: `kubectl api-resources | grep -i targetgroup`.',
  );
}
