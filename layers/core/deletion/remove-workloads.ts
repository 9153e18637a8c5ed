import { removeNamespace, removeService } from '@gantry/cluster/removal.ts';
import { removeRepositories } from '../deployments/builds/repositories.ts';
import { environmentsIn, instancesIn, servicesIn, type Target } from './target.ts';

/**
 * Removes the running workloads, and the images of deleted services. Harmless when repeated. Throws Unavailable if the
 * cluster is not done by `deadline`, in milliseconds since 1970.
 */
export async function removeWorkloads(target: Target, deadline: number): Promise<void> {
  if (target.kind === 'service') {
    for (const { environmentId } of await instancesIn(target)) await removeService(environmentId, target.serviceId);
  } else {
    const environments = await environmentsIn(target);
    await Promise.all(environments.map(({ id }) => removeNamespace(id, deadline)));
  }
  for (const { id } of await servicesIn(target)) await removeRepositories(id);
}
