import { NAMESPACES, SERVICES } from '../kinds/core.ts';
import { HTTP_ROUTES } from '../kinds/network.ts';
import type { Pod } from '../model.ts';
import type { Objects } from '../registry/objects.ts';

const LABEL = 'eks.amazonaws.com/pod-readiness-gate-inject';
/** The prefix of readiness gates for a load balancer's contact with the pod. */
export const TARGET_HEALTH = 'target-health.';

/**
 * Gives a pod a readiness gate for each Service that selects the pod and has a route, if the namespace's label asks for it. EKS Auto Mode does the
 * same, so that a pod is ready only when the load balancer reaches it.
 */
export function injectReadinessGate(objects: Objects, pod: Pod): void {
  const { namespace = '', labels = {} } = pod.metadata;
  if (objects.get(NAMESPACES, undefined, namespace)?.metadata.labels?.[LABEL] !== 'enabled') return;
  const routes = objects.list(HTTP_ROUTES, namespace).flatMap(({ spec }) => spec.rules ?? []);
  const served = new Set(routes.flatMap(({ backendRefs = [] }) => backendRefs.map(({ name }) => name)));
  const gates = objects.list(SERVICES, namespace).flatMap(({ metadata, spec }) => {
    const selector = Object.entries(spec.selector ?? {});
    const selected =
      served.has(metadata.name) && selector.length > 0 && selector.every(([key, value]) => labels[key] === value);
    return selected ? [{ conditionType: `${TARGET_HEALTH}eks.amazonaws.com/${metadata.name}` }] : [];
  });
  const present = pod.spec.readinessGates ?? [];
  const added = gates.filter(({ conditionType }) => !present.some((each) => each.conditionType === conditionType));
  if (added.length > 0) pod.spec.readinessGates = [...present, ...added];
}
