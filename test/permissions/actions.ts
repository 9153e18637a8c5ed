import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeExecutionCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Client } from '@gantry/client/client.ts';
import { EVENT_SOURCE, type EventName } from '@gantry/contract/events.ts';
import { newId } from '@gantry/contract/ids.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { archiveOf } from '@gantry/local/example/archive.ts';
import { type Target, upload } from '@gantry/local/example/deploy.ts';
import { deadLettersOf } from '../../infra/constructs/dead-letters.ts';
import { depthOf } from '../../infra/ops/queues.ts';
import type { Platform } from './platform.ts';

/** A deployment whose build waits for a release, so that its followers miss nothing. */
export interface Held {
  readonly deployment: Deployment;
  goOn(): void;
}

/** The source of a build: pages, and the build's command after the release, with its exit code. */
interface Building {
  readonly text?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly run?: string;
  readonly exitCode?: number;
}

/** Uploads pages without dependencies. After the release the build prints `built`, or runs the given command. */
export async function deployPages(
  { folder }: Platform,
  client: Client,
  target: Target,
  { text = '', files = {}, run = 'echo built', exitCode = 0 }: Building,
): Promise<Held> {
  const source = mkdtempSync(join(folder, 'source-'));
  const signal = `${source}.go`;
  const build = `until [ -e ${signal} ]; do sleep 0.02; done; ${run}; exit ${exitCode}`;
  for (const [path, content] of Object.entries({ ...pages(text, build), ...files })) write(join(source, path), content);
  const deployment = await upload(client, target, await archiveOf(source));
  return { deployment, goOn: () => writeFileSync(signal, '') };
}

/** Pages without dependencies, and their build command. */
export function pages(text: string, build?: string): Record<string, string> {
  const config = { provider: 'static', ...(build !== undefined && { build: { build } }) };
  return { 'public/index.html': text, 'gantry.json': JSON.stringify(config) };
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** Waits until a run of a deployment has a machine. */
export async function started(platform: Platform, { id }: Deployment, run: number): Promise<void> {
  const machine = platform.output('workflows', 'DeployMachine');
  const executionArn = `${machine.replace(':stateMachine:', ':execution:')}:${id}-${run}`;
  const states = new SFNClient(platform.operator);
  await platform.eventually('the machine of the next run', () =>
    states.send(new DescribeExecutionCommand({ executionArn })).catch(() => undefined),
  );
}

/** The ended deployment, as its page shows it. */
export function ended(
  { eventually }: Platform,
  client: Client,
  target: Target,
  { id }: Deployment,
): Promise<Deployment> {
  const states: string[] = [];
  return eventually(`the end of the deployment`, async () => {
    const now = await client('deployments.get', { params: { ...target, deploymentId: id } });
    states.push(now.status);
    return ['live', 'failed'].includes(now.status) ? now : undefined;
  });
}

/** The end of a deployment's machine, as an operator sees it. */
export async function outcomeOf(platform: Platform, { id }: Deployment): Promise<string> {
  const machine = platform.output('workflows', 'DeployMachine');
  const executionArn = `${machine.replace(':stateMachine:', ':execution:')}:${id}`;
  const states = new SFNClient(platform.operator);
  return platform.eventually('the end of the deploy machine', async () => {
    const { status = 'RUNNING' } = await states.send(new DescribeExecutionCommand({ executionArn }));
    return status === 'RUNNING' ? undefined : status;
  });
}

/** Stops the machine of a deployment, as an operator can. */
export async function stopMachine(platform: Platform, { id }: Deployment): Promise<void> {
  const machine = platform.output('workflows', 'DeployMachine').replace(':stateMachine:', ':execution:');
  await new SFNClient(platform.operator).send(new StopExecutionCommand({ executionArn: `${machine}:${id}` }));
}

/** Resets the record of a deployment's end, as if the platform had never heard of it; with `run` as if the deployment had never started. */
export async function unlearnEnd(platform: Platform, deployment: Deployment, run = 1): Promise<void> {
  const { documents, TableName } = tableOf(platform);
  const { id, teamId, serviceId, environmentId } = deployment;
  const pk = `team#${teamId}`;
  await documents.send(
    new UpdateCommand({
      TableName,
      Key: { pk, sk: `deployment#${id}` },
      UpdateExpression: 'SET #status = :building, #run = :run, queuedAt = :queued REMOVE reason, finishedAt',
      ExpressionAttributeNames: { '#status': 'status', '#run': 'run' },
      ExpressionAttributeValues: { ':building': 'building', ':run': run, ':queued': '2026-01-01T00:00:00.000Z' },
    }),
  );
  await documents.send(
    new UpdateCommand({
      TableName,
      Key: { pk, sk: `instance#${serviceId}#${environmentId}` },
      UpdateExpression: 'SET activeDeploymentId = :id',
      ExpressionAttributeValues: { ':id': id },
    }),
  );
}

/** Makes an uploaded deployment's archive a missing one. */
export async function loseArchive(platform: Platform, { id, teamId }: Deployment): Promise<void> {
  const { documents, TableName } = tableOf(platform);
  await documents.send(
    new UpdateCommand({
      TableName,
      Key: { pk: `team#${teamId}`, sk: `deployment#${id}` },
      UpdateExpression: 'SET #source.uploadId = :lost',
      ExpressionAttributeNames: { '#source': 'source' },
      ExpressionAttributeValues: { ':lost': newId('upload') },
    }),
  );
}

/** Lets the reconciler run now, and throws its failure. */
export const reconcile = (platform: Platform) => runNow(platform, 'ReconcileFunction');

/** Lets the collector of metrics run now, and throws its failure. */
export const collect = (platform: Platform) => runNow(platform, 'CollectFunction');

async function runNow(platform: Platform, output: string): Promise<void> {
  const FunctionName = platform.output('upkeep', output);
  const answer = await new LambdaClient(platform.operator).send(new InvokeCommand({ FunctionName }));
  if (answer.FunctionError !== undefined) throw new Error(answer.Payload?.transformToString());
}

type Row = Readonly<Record<string, unknown>> & { readonly connectionId: string };

export function tableOf(platform: Platform) {
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(platform.operator));
  return { documents, TableName: platform.output('data', 'TableName') };
}

/** The recorded connections of a topic's followers. */
export async function followersOf(platform: Platform, topic: string): Promise<readonly Row[]> {
  const { documents, TableName } = tableOf(platform);
  const { Items = [] } = await documents.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'pk = :topic',
      ExpressionAttributeValues: { ':topic': `topic#${topic}` },
      ConsistentRead: true,
    }),
  );
  return Items as Row[];
}

/** Leaves a follower whose connection ended unnoticed, as in a network failure. */
export async function leaveBehind(platform: Platform, topic: string, connectionId: string): Promise<void> {
  const { documents, TableName } = tableOf(platform);
  const [follower] = await followersOf(platform, topic);
  const Item = { ...follower, connectionId, sk: `connection#${connectionId}` };
  await documents.send(new PutCommand({ TableName, Item }));
}

/** The first line of a function's own log since `since`, in milliseconds since 1970. */
export async function ownLine({ operator }: Platform, entry: string, since: number): Promise<string | undefined> {
  const { events } = await new CloudWatchLogsClient(operator).send(
    new FilterLogEventsCommand({ logGroupName: `/gantry/local/functions/${entry}`, startTime: since, limit: 1 }),
  );
  return events?.[0]?.message;
}

/** Waits until a function's log shows an invocation without an error, with this text in it (for example a trace id). */
export async function handled(platform: Platform, entry: string, text: string): Promise<void> {
  const logs = new CloudWatchLogsClient(platform.operator);
  const logGroupName = `/gantry/local/functions/${entry}`;
  await platform.eventually(`what function ${entry} does`, async () => {
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern: `"${text}"` }));
    return events.some(({ message = '' }) => message.includes('"level":"info"')) || undefined;
  });
}

/** Publishes an event on the bus without its transaction, as an operator can. */
export async function publish({ operator }: Platform, name: EventName, teamId: string, data: object): Promise<void> {
  const aggregate = { id: teamId, version: 1_000 };
  const [id, at] = [newId('event'), new Date().toISOString()];
  const event = { id, name, schemaVersion: 1, teamId, aggregate, actor: 'operator', at, data };
  const entry = { Source: EVENT_SOURCE, DetailType: name, Detail: JSON.stringify(event), EventBusName: 'gantry-local' };
  await new EventBridgeClient(operator).send(new PutEventsCommand({ Entries: [entry] }));
}

/** Leaves an item in the outbox that no version of the platform wrote. */
export async function poison(platform: Platform): Promise<void> {
  const { documents, TableName } = tableOf(platform);
  const Item = { pk: `event#${newId('event')}`, sk: 'event', __edb_e__: 'outbox', __edb_v__: '1', envelope: '{' };
  await documents.send(new PutCommand({ TableName, Item }));
}

/** The number of a consumer's dead letters. */
export function deadLetters({ operator }: Platform, consumer: string): Promise<number> {
  return depthOf(new SQSClient(operator), deadLettersOf('local', consumer));
}

/** Sets a variable for app and build, and applies it. */
export async function setVariable(client: Client, target: Target, value: string) {
  const { teamId, projectId, serviceId, environmentId } = target;
  const at = { params: { teamId, projectId }, query: { serviceId, environmentId } };
  await client('variables.stage', { ...at, body: { set: { GREETING: { value, scope: 'both' } } } });
  return client('variables.apply', at);
}
