import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { type PageQuery, page, pageOptions } from '../kernel/page.ts';
import { deploymentAt, type InstancePath, instanceAt } from '../records/deployment-lookups.ts';
import type { DeploymentRecord } from '../records/deployments.ts';
import { environmentAt, projectAt } from '../records/project-lookups.ts';
import { ServiceEntity } from '../records/projects.ts';
import { viewDeployment } from './view.ts';

/**
 * The newest and the live deployment of each service in an environment, at most two of a service. A page is one of services: its limit of 100 is that
 * of one BatchGetItem, so each page needs one query and three batches.
 */
export async function listCurrent(
  caller: Caller,
  path: Omit<InstancePath, 'serviceId'>,
  query: PageQuery,
): Promise<{ items: Deployment[]; next: string | null }> {
  await authorise(caller, 'deployment.read', path, projectAt(path), environmentAt(path));
  const { teamId, projectId, environmentId } = path;
  const run = async () => {
    const services = await ServiceEntity.query.primary({ teamId, projectId }).go(pageOptions(query));
    const instances = await lookUp(
      ...services.data.map(({ id }) => optional(instanceAt({ teamId, environmentId, serviceId: id }))),
    );
    const newest = instances.flatMap((instance) => instance?.latestDeploymentId ?? []);
    const live = instances.flatMap((instance) => instance?.liveDeploymentId ?? []);
    const [others, found] = await Promise.all([
      deploymentsOf(
        teamId,
        live.filter((id) => !newest.includes(id)),
      ),
      deploymentsOf(teamId, newest),
    ]);
    return { data: [...found, ...others], cursor: services.cursor };
  };
  return page(query, run, (record) => viewDeployment(record));
}

async function deploymentsOf(teamId: string, ids: readonly string[]): Promise<DeploymentRecord[]> {
  const found = await lookUp(...ids.map((id) => optional(deploymentAt(teamId, id))));
  return found.filter((record) => record !== undefined);
}
