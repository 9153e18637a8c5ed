import type { InstanceHealth } from '@gantry/contract/schemas/health.ts';
import { authorise } from '../../access/authorise.ts';
import type { Caller } from '../../access/caller.ts';
import { optional } from '../../kernel/lookup.ts';
import { type PageQuery, page, pageOptions } from '../../kernel/page.ts';
import { type InstancePath, instanceAt } from '../../records/deployment-lookups.ts';
import type { InstanceRecord } from '../../records/deployments.ts';
import { HealthEntity, type HealthRecord, healthAt } from '../../records/health.ts';
import { environmentAt, projectAt, serviceAt } from '../../records/project-lookups.ts';
import { viewHealth } from './view.ts';

const NOTHING = 'Nothing is live here yet: deploy it first.';

/** The health of a service in an environment. */
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
  const [, , , instance, health] = found;
  return viewHealth(recordedHealth(path, instance, health));
}

/** The health of an environment's services that were ever live. */
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

/** The recorded health of the live deployment, or the state before its first look. */
export function recordedHealth(
  path: InstancePath,
  instance: InstanceRecord | undefined,
  health: HealthRecord | undefined,
): HealthRecord {
  return health !== undefined && health.liveDeploymentId === instance?.liveDeploymentId
    ? health
    : unseen(path, instance, health);
}

/** The health before the first look: of a release that just went live, or of an instance without one. */
function unseen(
  { teamId, projectId, serviceId, environmentId }: InstancePath,
  instance: InstanceRecord | undefined,
  before: HealthRecord | undefined,
): HealthRecord {
  const { liveDeploymentId, liveReleaseId } = instance ?? {};
  const isLive = liveDeploymentId !== undefined && liveReleaseId !== undefined;
  return {
    ...{ teamId, projectId, serviceId, environmentId },
    ...(isLive ? { liveDeploymentId, liveReleaseId, state: 'unknown' } : { state: 'stopped', detail: NOTHING }),
    ...{
      since: new Date().toISOString(),
      running: 0,
      wanted: 0,
      restarts: 0,
      lines: [],
      told: [],
      pending: [],
      pendingSince: 0,
    },
    version: before?.version ?? 0,
  };
}
