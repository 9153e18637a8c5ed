import { NAMESPACES, SERVICES } from '../kinds/core.ts';
import { HTTP_ROUTES } from '../kinds/network.ts';
import type { Pod } from '../model.ts';
import type { Objects } from '../registry/objects.ts';

const LABEL = 'eks.amazonaws.com/pod-readiness-gate-inject';
/** The prefix of readiness gates that tell whether a load balancer sends requests to the pod. */
export const TARGET_HEALTH = 'target-health.';

/**
 * Gives a pod a readiness gate for each Service that selects it and that a route leads to by then, where the namespace's label asks for
 * it: EKS Auto Mode does so, so that a pod counts as ready only when the load balancer reaches it.
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
