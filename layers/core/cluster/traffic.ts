import { apply, create, get, remove } from '@gantry/cloud/kubernetes/objects.ts';
import type { HttpRoute } from '@gantry/cloud/kubernetes/types.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { fromKubernetesName } from '@gantry/contract/ids.ts';
import { FIELD_MANAGER, GENERATION, nameIn } from './names.ts';
import { type RouteSpec, routeObject, type Weight } from './objects.ts';

/** How often a shift starts over because the route changed between reading and writing it. */
const ATTEMPTS = 5;

export interface Traffic {
  readonly generation: number;
  readonly host: string;
  readonly weights: readonly Weight[];
}

/** Where a service's traffic goes, or undefined where it has no route yet. */
export async function readTraffic(environmentId: string, serviceId: string): Promise<Traffic | undefined> {
  const route = await readRoute(environmentId, serviceId);
  if (route === undefined) return undefined;
  const backends = route.spec.rules.flatMap(({ backendRefs }) => backendRefs);
  return {
    generation: generationOf(route),
    host: route.spec.hostnames[0] ?? '',
    weights: backends.map(({ name, weight }) => ({ releaseId: fromKubernetesName('release', name) ?? name, weight })),
  };
}

/**
 * Sets the weights of a service's releases. The write holds only against the route that was read, so that of two writers the one with
 * the newer generation prevails, in whatever order they come. Throws Superseded where a newer generation has written already.
 */
export async function shiftTraffic(spec: RouteSpec): Promise<void> {
  if (!spec.weights.some(({ weight }) => weight > 0)) throw new Error('Traffic needs a release with a weight above 0');
  for (let attempt = 1; ; attempt++) {
    try {
      return await shiftOnce(spec);
    } catch (error) {
      const raced = error instanceof GantryError && error.kind === 'Conflict';
      if (!raced || attempt === ATTEMPTS) throw error;
    }
  }
}

async function shiftOnce(spec: RouteSpec): Promise<void> {
  const route = routeObject(spec);
  const current = await readRoute(spec.environmentId, spec.serviceId);
  if (current === undefined) {
    await create(route, FIELD_MANAGER);
    return;
  }
  if (generationOf(current) > spec.generation) {
    throw new GantryError('Superseded', 'A newer deployment of this service has taken the traffic over.');
  }
  const { resourceVersion } = current.metadata;
  if (resourceVersion === undefined) throw new Error('The cluster gave a route without its version');
  await apply({ ...route, metadata: { ...route.metadata, resourceVersion } }, FIELD_MANAGER);
}

/** Removes a service's route; harmless where there is none. */
export async function removeRoute(environmentId: string, serviceId: string): Promise<void> {
  await remove(nameIn(environmentId, 'gateway.networking.k8s.io/v1', 'HTTPRoute', serviceId));
}

function readRoute(environmentId: string, serviceId: string): Promise<HttpRoute | undefined> {
  return get<HttpRoute>(nameIn(environmentId, 'gateway.networking.k8s.io/v1', 'HTTPRoute', serviceId));
}

function generationOf({ metadata }: HttpRoute): number {
  return Number(metadata.annotations?.[GENERATION] ?? 0);
}
