import { GantryError } from '@gantry/contract/errors.ts';
import type { InstanceHealth } from '@gantry/contract/schemas/health.ts';
import { authorise, optional } from '../../access.ts';
import type { Caller } from '../../caller.ts';
import { type PageQuery, page, pageOptions } from '../../page.ts';
import { environmentAt, projectAt, serviceAt } from '../../projects/lookups.ts';
import { type InstancePath, instanceAt } from '../lookups.ts';
import type { InstanceRecord } from '../store.ts';
import { HealthEntity, type HealthRecord, healthAt } from './store.ts';
import { viewHealth } from './view.ts';

/** How a service is doing in an environment. Throws NotFound where nothing of it was ever live there. */
export async function getHealth(caller: Caller, path: InstancePath): Promise<InstanceHealth> {
  const { found } = await authorise(
    caller,
    'deployment.read',
    path,
    projectAt(path),
    serviceAt(path),
    environmentAt(path),
    optional(instanceAt(path)),
    optional(healthAt(path)),
  );
  const [, service, , instance, health] = found;
  if (instance?.liveReleaseId === undefined)
    throw new GantryError('NotFound', `Nothing of ${service.slug} is live in this environment yet: deploy it first.`);
  return viewHealth(health?.liveReleaseId === instance.liveReleaseId ? health : unseen(instance, health));
}

/** How the services of an environment are doing that were live once. */
export async function listHealth(
  caller: Caller,
  path: Omit<InstancePath, 'serviceId'>,
  query: PageQuery,
): Promise<{ items: InstanceHealth[]; next: string | null }> {
  await authorise(caller, 'deployment.read', path, projectAt(path), environmentAt(path));
  const { teamId, environmentId } = path;
  const run = () =>
    HealthEntity.query.primary({ teamId, environmentId }).go({ ...pageOptions(query), consistent: true });
  return page(query, run, viewHealth);
}

/** What is known of a release that went live a moment ago: nothing yet. */
export function unseen(instance: InstanceRecord, before: HealthRecord | undefined): HealthRecord {
  const { teamId, projectId, serviceId, environmentId, liveDeploymentId = '', liveReleaseId = '' } = instance;
  return {
    ...{ teamId, projectId, serviceId, environmentId, liveDeploymentId, liveReleaseId },
    ...{ state: 'unknown', since: new Date().toISOString(), running: 0, wanted: 0, restarts: 0, lines: [] },
    version: before?.version ?? 0,
  };
}
