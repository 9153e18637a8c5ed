import { setTimeout as sleep } from 'node:timers/promises';
import { get, remove } from '@gantry/cloud/kubernetes/objects.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import { listReleases, removeRelease } from './releases.ts';
import { removeRoute } from './traffic.ts';

const POLL_MS = 500;

/**
 * Removes an environment's namespace with all that runs in it, and waits until it is gone. Throws Unavailable where it is not so by
 * `deadline` (milliseconds since 1970): what the cluster tidies up in the background takes longer, and a repeat waits on.
 */
export async function removeNamespace(environmentId: string, deadline: number): Promise<void> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', name: toKubernetesName(environmentId) };
  await remove(namespace);
  while ((await get(namespace)) !== undefined) {
    if (Date.now() >= deadline) {
      throw new GantryError('Unavailable', `The cluster still removes namespace ${namespace.name}. Try again.`);
    }
    await sleep(POLL_MS);
  }
}

/** Removes a service from an environment: its route first, so that nothing is sent to what is about to stop. */
export async function removeService(environmentId: string, serviceId: string): Promise<void> {
  await removeRoute(environmentId, serviceId);
  for (const { releaseId } of await listReleases(environmentId, serviceId)) {
    await removeRelease({ environmentId, releaseId });
  }
}
