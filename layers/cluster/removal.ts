import { setTimeout as sleep } from 'node:timers/promises';
import { get, remove } from '@gantry/cloud/kubernetes/objects.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import { listReleases, removeRelease } from './releases.ts';
import { removeRoute } from './traffic.ts';

const POLL_MS = 500;

/**
 * Deletes an environment's namespace with everything in it, and waits until it is gone. Throws Unavailable if it is not by `deadline` (milliseconds
 * since 1970): the cluster's own clean-up takes longer, and a repeat continues to wait.
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

/** Deletes a service from an environment: its route first, so that no request reaches a stopping app. */
export async function removeService(environmentId: string, serviceId: string): Promise<void> {
  await removeRoute(environmentId, serviceId);
  for (const { releaseId } of await listReleases(environmentId, serviceId)) {
    await removeRelease({ environmentId, releaseId });
  }
}
