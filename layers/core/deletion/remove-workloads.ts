import { removeNamespace, removeService } from '@gantry/cluster/removal.ts';
import { removeRepositories } from '../deployments/builds/repositories.ts';
import { environmentsIn, instancesIn, servicesIn, type Target } from './target.ts';

/**
 * Removes what runs, and the images of what is deleted for good. Harmless when repeated. Throws Unavailable where the cluster is not done
 * by `deadline`, in milliseconds since 1970.
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
