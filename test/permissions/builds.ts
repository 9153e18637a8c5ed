import {
  BatchGetBuildsCommand,
  type Build,
  CodeBuildClient,
  ListBuildsForProjectCommand,
  StartBuildCommand,
} from '@aws-sdk/client-codebuild';
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Client } from '@gantry/client/client.ts';
import { newId } from '@gantry/contract/ids.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { ttlAfter } from '@gantry/core/kernel/table.ts';
import { TurnEntity } from '@gantry/core/records/builds.ts';
import type { Target } from '@gantry/local/example/deploy.ts';
import { tableOf } from './actions.ts';
import type { Platform } from './platform.ts';

/** Takes this many of a team's build slots, as builds do whose end was never reported. */
export async function takePlaces(platform: Platform, teamId: string, count: number): Promise<void> {
  const { documents, TableName } = tableOf(platform);
  for (let taken = 0; taken < count; taken += 1) {
    const turn = {
      deploymentId: newId('deployment'),
      teamId,
      projectId: newId('project'),
      serviceId: newId('service'),
      environmentId: newId('environment'),
      generation: 1,
      run: 1,
      traceId: '0'.repeat(32),
      repositoryUri: 'registry.invalid/gone',
      cacheRepositoryUri: 'registry.invalid/cache/gone',
      taskToken: `gone-${taken}`,
      queuedAt: Date.now(),
      grantedAt: Date.now(),
      claimedBy: 'gone',
      ttl: ttlAfter(3600),
    };
    const { Item } = TurnEntity.put(turn).params<{ Item: Record<string, unknown> }>();
    await documents.send(new PutCommand({ TableName, Item }));
  }
}

/** Waits until a deployment's page says that its build waits for its turn. */
export function waiting(platform: Platform, client: Client, target: Target, { id }: Deployment): Promise<true> {
  return platform.eventually('the wait for a turn', async () => {
    const { steps } = await client('deployments.get', { params: { ...target, deploymentId: id } });
    return steps.some(({ name, status }) => name === 'queue' && status === 'running') || undefined;
  });
}

function turnOf(platform: Platform, { id }: Deployment) {
  const { Key } = TurnEntity.get({ deploymentId: id }).params<{ Key: Record<string, string> }>();
  return { ...tableOf(platform), Key };
}

/** Waits until the build of a deployment has claimed its order; returns its turn. */
export function claimed(platform: Platform, deployment: Deployment): Promise<Record<string, unknown>> {
  const { documents, TableName, Key } = turnOf(platform, deployment);
  return platform.eventually('the claim of the build', async () => {
    const { Item } = await documents.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
    return Item?.['claimedBy'] === undefined ? undefined : Item;
  });
}

/** The build of a deployment, as an operator sees it. */
export async function buildOf(platform: Platform, { id }: Deployment): Promise<Build> {
  const codebuild = new CodeBuildClient(platform.operator);
  const projectName = platform.output('builds', 'BuildProject');
  return platform.eventually('the build', async () => {
    const { ids = [] } = await codebuild.send(new ListBuildsForProjectCommand({ projectName }));
    if (ids.length === 0) return undefined;
    const { builds } = await codebuild.send(new BatchGetBuildsCommand({ ids }));
    return builds?.find((build) => variableOf(build, 'DEPLOYMENT_ID') === id);
  });
}

/** The start parameters of a build; empty if it has none. */
export function variableOf({ environment }: Build, wanted: string): string {
  return environment?.environmentVariables?.find(({ name }) => name === wanted)?.value ?? '';
}

/**
 * Starts a deployment's build a second time, as a build that Step Functions did not stop, and returns a function for its status. Frees the
 * order first, so that this build can claim it: otherwise it would be refused, and end by itself.
 */
export async function buildAgain(platform: Platform, deployment: Deployment): Promise<() => Promise<string>> {
  const codebuild = new CodeBuildClient(platform.operator);
  const { projectName, environment } = await buildOf(platform, deployment);
  // The project and the local cloud set the engine.
  const environmentVariablesOverride = environment?.environmentVariables?.filter(({ name }) => name !== 'BUILD_ENGINE');
  await claimed(platform, deployment);
  const { documents, TableName, Key } = turnOf(platform, deployment);
  await documents.send(new UpdateCommand({ TableName, Key, UpdateExpression: 'REMOVE claimedBy' }));
  const started = await codebuild.send(new StartBuildCommand({ projectName, environmentVariablesOverride }));
  await claimed(platform, deployment);
  const ids = [started.build?.id ?? ''];
  return async () => (await codebuild.send(new BatchGetBuildsCommand({ ids }))).builds?.[0]?.buildStatus ?? '';
}
