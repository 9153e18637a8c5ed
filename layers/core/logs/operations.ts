import { environment } from '@gantry/cloud/environment.ts';
import { awsErrorName } from '@gantry/cloud/failures.ts';
import { filterEvents, type LogQuery } from '@gantry/cloud/logs.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import type { LogPage } from '@gantry/contract/schemas/logs.ts';
import { topics } from '@gantry/contract/schemas/realtime.ts';
import { authorise } from '../access.ts';
import type { Caller } from '../caller.ts';
import { deploymentAt, type InstancePath } from '../deployments/lookups.ts';
import type { PageQuery } from '../page.ts';
import { environmentAt, projectAt, serviceAt } from '../projects/lookups.ts';
import { decodeCursor, encodeCursor, invalidCursor } from './cursor.ts';
import { appOrigin, buildOrigin, lineOf, type Origin } from './lines.ts';

const DEFAULT_LIMIT = 100;
/** How many empty pages one request passes over; a client goes on with the cursor. */
const PAGES = 10;

export interface LogPageQuery extends PageQuery {
  readonly since?: string | undefined;
}

/** What a build printed, oldest first. A rollback has no build: its log is empty. */
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
  return readPage(
    { group: environment('BUILD_LOG_GROUP'), streamPrefix: `${path.deploymentId}/` },
    query,
    buildOrigin,
    topics.buildLogs(path.deploymentId),
  );
}

/** What a service printed in an environment, oldest first. */
export async function appLogs(caller: Caller, path: InstancePath, query: LogPageQuery): Promise<LogPage> {
  await authorise(caller, 'logs.read', path, projectAt(path), serviceAt(path), environmentAt(path));
  return readPage(
    { group: environment('APP_LOG_GROUP'), streamPrefix: `${toKubernetesName(path.environmentId)}/` },
    query,
    appOrigin,
    topics.appLogs(path.serviceId, path.environmentId),
  );
}

/** An environment's streams hold the lines of all its services: those of another topic are left out. */
async function readPage(
  streams: Pick<LogQuery, 'group' | 'streamPrefix'>,
  { limit, cursor, since }: LogPageQuery,
  originOf: (stream: string) => Origin | undefined,
  topic: string,
): Promise<LogPage> {
  const start =
    cursor === undefined ? { since: since === undefined ? undefined : Date.parse(since) } : decodeCursor(cursor);
  const query = { ...streams, since: start.since, limit: limit === undefined ? DEFAULT_LIMIT : Number(limit) };
  let token = 'token' in start ? start.token : undefined;
  for (let page = 1; ; page++) {
    const { events, next } = await filterEvents({ ...query, token }).catch((error: unknown) => {
      throw token !== undefined && awsErrorName(error) === 'InvalidParameterException' ? invalidCursor(error) : error;
    });
    const lines = events.flatMap((event) => {
      const origin = originOf(event.stream);
      return origin?.topic === topic ? [lineOf(event, origin.source)] : [];
    });
    if (next === undefined) return { lines, next: null };
    if (lines.length > 0 || page === PAGES) {
      return { lines, next: encodeCursor({ token: next, ...(query.since !== undefined && { since: query.since }) }) };
    }
    token = next;
  }
}
