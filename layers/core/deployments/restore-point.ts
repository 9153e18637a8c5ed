import type { RestorePoint, RestorePointQuery } from '@gantry/contract/schemas/deployments.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { databaseAt } from '../records/databases.ts';
import { deploymentAt, type InstancePath, instanceAt, releaseAt } from '../records/deployment-lookups.ts';
import { DeploymentEntity, type DeploymentRecord } from '../records/deployments.ts';
import { environmentAt, projectAt, serviceAt } from '../records/project-lookups.ts';
import { requireBelongs } from './operations.ts';
import { wasLive } from './view.ts';

const PAGE = 100;
/** How many pages of deployments are searched for the one that took over. */
const MAX_PAGES = 10;

/**
 * The moment to which a rollback returns the data: just before the next release could write. So no data of the release
 * itself is lost. If there is no such moment, the answer gives the reason.
 */
export async function restorePoint(
  caller: Caller,
  path: InstancePath,
  { deploymentId }: RestorePointQuery,
): Promise<RestorePoint> {
  const { teamId } = path;
  const named = deploymentId === undefined ? [] : [deploymentAt(teamId, deploymentId)];
  const { found } = await authorise(
    caller,
    'deployment.read',
    path,
    projectAt(path),
    serviceAt(path),
    environmentAt(path),
    instanceAt(path),
    ...named,
  );
  const [, , , instance, target] = found;
  if (target !== undefined) requireBelongs(target, path);
  const releaseId = target === undefined ? instance.previousReleaseId : target.releaseId;
  const next = releaseId === undefined ? undefined : await successor(path, releaseId);
  if (releaseId === undefined || next === undefined)
    return nothing('No other deployment took over from that release: there is nothing to undo.');
  const databases = await databasesOfRelease(path, releaseId);
  if (databases.length === 0) return nothing('That release uses no database that is still there.');
  const { id: replacedBy, dataAt: at } = next;
  if (at !== undefined) return { at, reason: null, replacedBy, databases };
  const reason = `Deployment ${shortId(replacedBy)} is older than restore points. Say the moment yourself: --at.`;
  return { at: null, reason, replacedBy, databases };
}

function nothing(reason: string): RestorePoint {
  return { at: null, reason, replacedBy: null, databases: [] };
}

/** The deployment that went live after the last one with a release. */
async function successor(
  { teamId, serviceId, environmentId }: InstancePath,
  releaseId: string,
): Promise<DeploymentRecord | undefined> {
  let after: DeploymentRecord | undefined;
  let cursor: string | null = null;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const query = DeploymentEntity.query.byInstance({ serviceId, environmentId });
    const found: { data: DeploymentRecord[]; cursor: string | null } = await query
      .where((attributes, { eq }) => eq(attributes.teamId, teamId))
      .go({ limit: PAGE, cursor, order: 'desc' });
    for (const deployment of found.data) {
      if (deployment.status !== 'live' && !wasLive(deployment)) continue;
      if (deployment.releaseId === releaseId) return after;
      after = deployment;
    }
    if (found.cursor === null) return undefined;
    cursor = found.cursor;
  }
  return undefined;
}

async function databasesOfRelease(
  { teamId, projectId, environmentId }: InstancePath,
  releaseId: string,
): Promise<RestorePoint['databases']> {
  const [release] = await lookUp(optional(releaseAt(teamId, releaseId)));
  const ids = release?.databases ?? [];
  const place = { teamId, projectId, environmentId };
  const records = await lookUp(...ids.map((databaseId) => optional(databaseAt({ ...place, databaseId }))));
  return records.flatMap((record) => (record === undefined ? [] : { databaseId: record.id, slug: record.slug }));
}
