import { apply, create, get, remove } from '@gantry/cloud/kubernetes/objects.ts';
import type { HttpRoute } from '@gantry/cloud/kubernetes/types.ts';
import { fromKubernetesName } from '@gantry/contract/ids.ts';
import { against, generationOf, guarded } from './guarded.ts';
import { FIELD_MANAGER, nameIn, type ServiceIds } from './names.ts';
import { type RouteSpec, routeObject, type Weight } from './route.ts';

export interface Traffic {
  readonly generation: number;
  readonly host: string;
  readonly weights: readonly Weight[];
}

/** The weights of a service's route; undefined without one. */
export async function readTraffic(environmentId: string, serviceId: string): Promise<Traffic | undefined> {
  const route = await get<HttpRoute>(routeName({ environmentId, serviceId }));
  return route === undefined ? undefined : trafficOf(route);
}

function trafficOf(route: HttpRoute): Traffic {
  const backends = route.spec.rules.flatMap(({ backendRefs }) => backendRefs);
  return {
    generation: generationOf(route),
    host: route.spec.hostnames[0] ?? '',
    weights: backends.map(({ name, weight }) => ({ releaseId: fromKubernetesName('release', name) ?? name, weight })),
  };
}

/**
 * Sets the weights of a service's releases. The write holds only at the version that was read, so the newer of two generations wins, in whatever
 * order they write. Throws Superseded when a newer generation has written already.
 */
export async function shiftTraffic(spec: RouteSpec): Promise<void> {
  if (!spec.weights.some(({ weight }) => weight > 0)) throw new Error('Traffic needs a release with a weight above 0');
  const route = routeObject(spec);
  await guarded<HttpRoute>(routeName(spec), spec.generation, (live) =>
    live === undefined ? create(route, FIELD_MANAGER) : apply(against(route, live), FIELD_MANAGER),
  );
}

/**
 * Announces a release to the load balancer before it gets traffic, with weight 0 in the route. Answers whether it did; a service without a route has
 * nothing to attach to. Throws Superseded when a newer generation has written the route.
 */
export async function attachRelease(
  release: ServiceIds & { readonly releaseId: string; readonly generation: number },
): Promise<boolean> {
  let attached = false;
  await guarded<HttpRoute>(routeName(release), release.generation, async (live) => {
    if (live === undefined) return;
    const { host, weights } = trafficOf(live);
    attached = true;
    if (weights.some(({ releaseId }) => releaseId === release.releaseId)) return;
    const route = routeObject({ ...release, host, weights: [...weights, { releaseId: release.releaseId, weight: 0 }] });
    await apply(against(route, live), FIELD_MANAGER);
  });
  return attached;
}

/** Deletes a service's route; harmless without one. */
export async function removeRoute(environmentId: string, serviceId: string): Promise<void> {
  await remove(routeName({ environmentId, serviceId }));
}

function routeName({ environmentId, serviceId }: Pick<ServiceIds, 'environmentId' | 'serviceId'>) {
  return nameIn(environmentId, 'gateway.networking.k8s.io/v1', 'HTTPRoute', serviceId);
}
