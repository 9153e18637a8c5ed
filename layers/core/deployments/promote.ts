import { GantryError } from '@gantry/contract/errors.ts';
import type { Deployment, Promotion } from '@gantry/contract/schemas/deployments.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { optional } from '../kernel/lookup.ts';
import { retryStale } from '../kernel/transact.ts';
import { type InstancePath, instanceAt } from '../records/deployment-lookups.ts';
import { requireActive } from '../records/project-guards.ts';
import { environmentAt, projectAt, serviceAt } from '../records/project-lookups.ts';
import { again, liveOrigin } from './again.ts';
import { enqueue } from './enqueue.ts';
import { hostSlugs } from './record.ts';

/**
 * Queues a release of the image that is live in another environment, with the settings of the service and the variables
 * of this environment. Values that the build read from the other environment stay in the image. Throws Conflict when
 * nothing is live there, or another image than the named one.
 */
export function promote(
  caller: Caller,
  path: InstancePath,
  { environmentId, imageDigest }: Promotion,
): Promise<Deployment> {
  return retryStale(async () => {
    const from = { ...path, environmentId };
    const { found } = await authorise(
      caller,
      'deployment.create',
      path,
      projectAt(path),
      serviceAt(path),
      environmentAt(path),
      environmentAt(from),
      optional(instanceAt(path)),
      optional(instanceAt(from)),
    );
    const [project, service, environment, other, instance, origin] = found;
    requireActive(project, service, environment);
    const live = await liveOrigin(origin);
    const deployment = live && again(path, live, caller.userId);
    if (live === undefined || deployment === undefined)
      throw new GantryError('Conflict', `Nothing of ${service.slug} is live in ${other.slug}: deploy it there first.`);
    if (imageDigest !== undefined && live.imageDigest !== imageDigest) {
      const detail = `Another image is live there by now: ${live.imageDigest ?? 'none'}. Look at it, and promote again.`;
      throw new GantryError('Conflict', detail);
    }
    return enqueue({
      deployment: { ...deployment, promotedFrom: live.id },
      instance,
      slugs: hostSlugs(service, environment, project),
      actor: caller.userId,
    });
  });
}
