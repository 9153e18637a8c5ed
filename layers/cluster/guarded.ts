import { get } from '@gantry/cloud/kubernetes/objects.ts';
import type { KubernetesObject, ObjectName } from '@gantry/cloud/kubernetes/types.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { GENERATION } from './names.ts';

/** How often a write starts again because the object changed between the read and the write: controllers write too. */
const ATTEMPTS = 10;

/** The generation that last wrote an object; 0 without one. */
export function generationOf({ metadata }: KubernetesObject): number {
  return Number(metadata?.annotations?.[GENERATION] ?? 0);
}

/**
 * Reads an object and writes it at the version that was read, again if it changed meanwhile. So the newer of two generations wins, in whatever order
 * they write. `write` must hold at the given version. Throws Superseded when a newer generation has written.
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

/** The object's metadata for a write at the version of `live` only. */
export function against<T extends KubernetesObject>(object: T, live: KubernetesObject | undefined): T {
  const resourceVersion = live?.metadata?.resourceVersion;
  return resourceVersion === undefined ? object : { ...object, metadata: { ...object.metadata, resourceVersion } };
}
