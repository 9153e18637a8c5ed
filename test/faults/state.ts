import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EC2Client } from '@aws-sdk/client-ec2';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { RDSClient } from '@aws-sdk/client-rds';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { fromKubernetesName, toKubernetesName } from '@gantry/contract/ids.ts';
import { LeaseEntity } from '@gantry/core/records/deployments.ts';
import type { Target } from '@gantry/local/example/deploy.ts';
import { subscriptions } from '@gantry/wiring/subscriptions.ts';
import { z } from 'zod';
import {
  BUILD_ENDED,
  DELIVERIES,
  DEPLOYMENT_ENDED,
  deadLettersOf,
  RELAY,
} from '../../infra/constructs/dead-letters.ts';
import { depthOf } from '../../infra/ops/queues.ts';
import { cluster, type Platform } from '../journeys/platform.ts';

const KINDS = [
  'api/v1:pods',
  'api/v1:services',
  'api/v1:secrets',
  'apis/apps/v1:deployments',
  'apis/apps/v1:replicasets',
  'apis/batch/v1:jobs',
  'apis/batch/v1:cronjobs',
  'apis/autoscaling/v2:horizontalpodautoscalers',
  'apis/policy/v1:poddisruptionbudgets',
] as const;

const List = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        name: z.string(),
        uid: z.string(),
        deletionTimestamp: z.string().optional(),
        labels: z.record(z.string(), z.string()).default({}),
      }),
    }),
  ),
});
const Routes = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      spec: z.object({
        rules: z.array(z.object({ backendRefs: z.array(z.object({ name: z.string(), weight: z.number() })) })),
      }),
    }),
  ),
});

export interface ClusterObject {
  /** `pods/rel-01j…-abcde`. */
  readonly name: string;
  readonly uid: string;
  /** The release of the object. */
  readonly release: string | undefined;
}

/** All objects of a service in the cluster. */
export async function objectsOf(platform: Platform, { environmentId, serviceId }: Target): Promise<ClusterObject[]> {
  const namespace = toKubernetesName(environmentId);
  const lists = await Promise.all(
    KINDS.map(async (kind) => {
      const [group, plural] = kind.split(':');
      const path = `/${group}/namespaces/${namespace}/${plural}?labelSelector=${encodeURIComponent(`gantry.dev/service=${serviceId}`)}`;
      const { items } = List.parse(await cluster(platform, 'GET', path));
      return items.map(({ metadata: { name, uid, labels } }) => ({
        name: `${plural}/${name}`,
        uid,
        release: labels['gantry.dev/release'] ?? releaseIn(name),
      }));
    }),
  );
  return lists.flat();
}

/** A release command's pod has no release label, but its name begins with the release. */
function releaseIn(name: string): string | undefined {
  const [found = ''] = /^rel-[0-9a-z]{26}/.exec(name) ?? [];
  return fromKubernetesName('release', found);
}

/** The uids of every pod of the cluster. */
export async function podsIn(platform: Platform): Promise<ReadonlySet<string>> {
  const { items } = List.parse(await cluster(platform, 'GET', '/api/v1/pods'));
  return new Set(items.map(({ metadata }) => metadata.uid));
}

/** The releases in a service's route, with their weights; undefined without a route. */
export async function weightsOf(
  platform: Platform,
  { environmentId, serviceId }: Target,
): Promise<readonly { readonly name: string; readonly weight: number }[] | undefined> {
  const path = `/apis/gateway.networking.k8s.io/v1/namespaces/${toKubernetesName(environmentId)}/httproutes`;
  const { items } = Routes.parse(await cluster(platform, 'GET', path));
  const route = items.find(({ metadata }) => metadata.name === toKubernetesName(serviceId));
  return route?.spec.rules.flatMap(({ backendRefs }) => backendRefs);
}

/** The operator's SDK clients of one platform. */
export interface Operator {
  readonly dataDir: string;
  readonly outputs: Platform['endpoints']['outputs'];
  readonly states: SFNClient;
  readonly documents: DynamoDBDocumentClient;
  readonly sqs: SQSClient;
  readonly lambda: LambdaClient;
  readonly rds: RDSClient;
  readonly ec2: EC2Client;
  readonly secrets: SecretsManagerClient;
  /** Closes their connections. */
  close(): void;
}

export function openOperator({ endpoints, dataDir }: Platform): Operator {
  const { aws: endpoint, region, credentials, outputs } = endpoints;
  const settings = { endpoint, region, credentials };
  const dynamodb = new DynamoDBClient(settings);
  const clients = {
    ...{ states: new SFNClient(settings), sqs: new SQSClient(settings), lambda: new LambdaClient(settings) },
    ...{ rds: new RDSClient(settings), ec2: new EC2Client(settings), secrets: new SecretsManagerClient(settings) },
  };
  return {
    dataDir,
    ...clients,
    outputs,
    documents: DynamoDBDocumentClient.from(dynamodb),
    close() {
      for (const client of [dynamodb, ...Object.values(clients)]) client.destroy();
    },
  };
}

/** Invokes the reconciler, which otherwise runs every five minutes. Throws when it fails. */
export async function reconcile({ lambda, outputs }: Operator): Promise<void> {
  const FunctionName = outputs['gantry-local-upkeep']?.ReconcileFunction;
  const { FunctionError, Payload } = await lambda.send(new InvokeCommand({ FunctionName }));
  if (FunctionError !== undefined) throw new Error(Buffer.from(Payload ?? []).toString());
}

/** The names of the executions that have not ended, of all machines. */
export async function runningExecutions({ states, outputs }: Operator): Promise<string[]> {
  const machines = { ...outputs['gantry-local-workflows'], ...outputs['gantry-local-databases'] };
  const pages = await Promise.all(
    ['DeployMachine', 'DeleteMachine', 'DatabaseMachine'].map((machine) =>
      states.send(new ListExecutionsCommand({ stateMachineArn: machines[machine], statusFilter: 'RUNNING' })),
    ),
  );
  return pages.flatMap(({ executions = [] }) => executions.map(({ name }) => name ?? ''));
}

/** The holder of the lease on a service's objects in the cluster, if any. */
export async function leaseHolder({ documents, outputs }: Operator, target: Target): Promise<string | undefined> {
  const table = outputs['gantry-local-data']?.TableName;
  const { teamId, serviceId, environmentId } = target;
  const { Key } = LeaseEntity.get({ teamId, serviceId, environmentId }).params<{ Key: Record<string, string> }>();
  const { Item } = await documents.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }));
  const { holder, until } = z.object({ holder: z.string().optional(), until: z.number().optional() }).parse(Item ?? {});
  return holder !== undefined && (until ?? 0) > Date.now() ? holder : undefined;
}

/** The consumers that gave up events, and the number of events. */
export async function deadLetters({ sqs }: Operator): Promise<string[]> {
  const consumers = [...Object.keys(subscriptions), RELAY, DEPLOYMENT_ENDED, BUILD_ENDED, DELIVERIES];
  const depths = await Promise.all(
    consumers.map(async (consumer) => [consumer, await depthOf(sqs, deadLettersOf('local', consumer))] as const),
  );
  return depths.filter(([, depth]) => depth > 0).map(([consumer, depth]) => `${consumer}: ${depth}`);
}
