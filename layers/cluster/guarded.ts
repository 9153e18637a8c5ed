import { get } from '@gantry/cloud/kubernetes/objects.ts';
import type { KubernetesObject, ObjectName } from '@gantry/cloud/kubernetes/types.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { GENERATION } from './names.ts';

/** How often a write starts over because the object changed between reading and writing it: its controllers write too. */
const ATTEMPTS = 10;

/** The generation that wrote an object last; 0 where it carries none. */
export function generationOf({ metadata }: KubernetesObject): number {
  return Number(metadata?.annotations?.[GENERATION] ?? 0);
}

/**
 * Reads an object and writes by what was read, again where it changed in between, so that of two writers the newer generation prevails, in
 * whatever order they come. `write` must hold against the version it is given. Throws Superseded where a newer generation has written.
 */
export async function guarded<T extends KubernetesObject>(
  name: ObjectName,
  generation: number,
  write: (live: T | undefined) => Promise<unknown>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const live = await get<T>(name);
    if (live !== undefined && generationOf(live) > generation) {
      throw new GantryError('Superseded', 'A newer deployment of this service has taken over.');
    }
    try {
      await write(live);
      return;
    } catch (error) {
      const raced = error instanceof GantryError && error.kind === 'Conflict';
      if (!raced || attempt === ATTEMPTS) throw error;
    }
  }
}

/** The object's metadata for a write that holds only against the version of `live`. */
export function against<T extends KubernetesObject>(object: T, live: KubernetesObject | undefined): T {
  const resourceVersion = live?.metadata?.resourceVersion;
  return resourceVersion === undefined ? object : { ...object, metadata: { ...object.metadata, resourceVersion } };
}
