import { environment } from '@gantry/cloud/environment.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import type { LogPage } from '@gantry/contract/schemas/logs.ts';
import { topics } from '@gantry/contract/topics.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { deploymentAt, type InstancePath } from '../records/deployment-lookups.ts';
import { environmentAt, projectAt, serviceAt } from '../records/project-lookups.ts';
import { appOrigin, buildOrigin } from './lines.ts';
import { type LogPageQuery, readPage } from './read.ts';

/** The output of a build, oldest line first. A rollback has no build, and so an empty log. */
export async function buildLogs(
  caller: Caller,
  path: InstancePath & { readonly deploymentId: string },
  query: LogPageQuery,
): Promise<LogPage> {
  const deploymentLookup = deploymentAt(path.teamId, path.deploymentId);
  const { found } = await authorise(caller, 'logs.read', path, projectAt(path), serviceAt(path), deploymentLookup);
  const [, , deployment] = found;
  if (deployment.serviceId !== path.serviceId || deployment.environmentId !== path.environmentId) {
    throw new GantryError('NotFound', `There is no ${deploymentLookup.what} here.`);
  }
  const streams = {
    group: environment('BUILD_LOG_GROUP'),
    streamPrefix: `${path.deploymentId}/`,
    topic: topics.buildLogs(path.deploymentId),
    originOf: buildOrigin,
  };
  return readPage(streams, query);
}

/** The output of a service in an environment, oldest line first. The environment's streams hold the lines of all its services. */
export async function appLogs(caller: Caller, path: InstancePath, query: LogPageQuery): Promise<LogPage> {
  await authorise(caller, 'logs.read', path, projectAt(path), serviceAt(path), environmentAt(path));
  const streams = {
    group: environment('APP_LOG_GROUP'),
    streamPrefix: `${toKubernetesName(path.environmentId)}/`,
    topic: topics.appLogs(path.serviceId, path.environmentId),
    originOf: appOrigin,
  };
  return readPage(streams, query);
}
