import { QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { newId } from '@gantry/contract/ids.ts';
import { newTraceId } from '@gantry/contract/trace.ts';
import { item } from '@gantry/core/kernel/entity.ts';
import type { Lookup } from '@gantry/core/kernel/lookup.ts';
import { DeploymentEntity } from '@gantry/core/records/deployments.ts';
import { environmentAt, projectAt, serviceAt } from '@gantry/core/records/project-lookups.ts';
import { ProjectEntity } from '@gantry/core/records/projects.ts';
import type { Target } from '@gantry/local/example/deploy.ts';
import { newService } from '../../journeys/platform.ts';
import { against, READ_AIM } from '../against.ts';
import { type Database, databaseAccesses, openDatabase } from '../database.ts';
import type { Figure, Topic } from '../figures.ts';
import type { Bed } from '../platform.ts';

const RUNS = 300;
const WARM_UP = 60;
/** One page with the default limit. */
const PAGE = 25;

/** Warm reads against their bare calls to DynamoDB by an SDK client. */
export const reads = (bed: Bed): Topic => ({
  name: 'reads',
  async measure() {
    const { client, teamId } = bed;
    const database = await openDatabase(bed);
    const target = await newService(client, 'bench-reads');
    await database.fill(projects(teamId));
    await database.fill(deployments(target));
    const measured = (name: string, requests: number, call: () => Promise<unknown>, bare: () => Promise<void>) =>
      compared(bed, name, requests, call, bare);
    return [
      ...(await measured(
        'GET project',
        2,
        () => client('projects.get', { params: target }),
        () => database.admit(teamId, projectAt(target)),
      )),
      ...(await measured(
        'GET projects',
        3,
        async () => requirePage((await client('projects.list', { params: { teamId } })).items),
        () => listed(database, teamId, [], ProjectEntity.query.primary({ teamId })),
      )),
      ...(await measured(
        'GET deployments',
        3,
        async () => requirePage((await client('deployments.list', { params: target })).items),
        () =>
          listed(
            database,
            teamId,
            [projectAt(target), serviceAt(target), environmentAt(target)],
            DeploymentEntity.query.byInstance(target),
          ),
      )),
    ];
  },
});

/** A list's figures against its bare calls, in one loop. The target for the number of its DynamoDB requests is that of the bare calls. */
async function compared(
  bed: Bed,
  name: string,
  requests: number,
  call: () => Promise<unknown>,
  bare: () => Promise<void>,
): Promise<Figure[]> {
  const times = await against(RUNS, WARM_UP, name, call, bare, READ_AIM);
  const value = await databaseAccesses(bed, 10, call);
  const detail = 'with sign-in and role check';
  return [{ name: `${name}, requests to DynamoDB`, value, unit: 'requests', aim: requests, detail }, ...times];
}

/** The reads of a list: the caller, the objects that the path names, then one page. */
async function listed(
  database: Database,
  teamId: string,
  path: readonly Lookup<unknown>[],
  query: { params<T>(options: { table: string; limit: number }): T },
): Promise<void> {
  await database.admit(teamId, ...path);
  const input = query.params<QueryCommandInput>({ table: database.table, limit: PAGE });
  requirePage((await database.documents.send(new QueryCommand(input))).Items ?? []);
}

function requirePage(items: readonly unknown[]): void {
  if (items.length !== PAGE) throw new Error(`a page has ${items.length} items instead of ${PAGE}`);
}

const created = { createdAt: new Date().toISOString(), version: 1 };

/** Enough projects to fill a page. */
function projects(teamId: string) {
  return Array.from({ length: PAGE }, (_, index) => {
    const slug = `bench-page-${index}`;
    const project = { teamId, id: newId('project'), slug, name: slug, environments: 0, services: 0, ...created };
    return item.put(ProjectEntity.create(project));
  });
}

/** Enough deployments of one service to fill a page. */
function deployments({ teamId, projectId, serviceId, environmentId }: Target) {
  return Array.from({ length: PAGE }, (_, index) => {
    const place = { teamId, projectId, serviceId, environmentId, id: newId('deployment'), generation: index + 1 };
    const state = {
      status: 'failed' as const,
      run: 1,
      weight: 0,
      bakedSeconds: 0,
      steps: [],
      traceId: newTraceId(),
      createdBy: newId('user'),
      queuedAt: created.createdAt,
      source: { kind: 'upload' as const, uploadId: newId('upload') },
    };
    return item.put(DeploymentEntity.create({ ...place, ...state, ...created }));
  });
}
