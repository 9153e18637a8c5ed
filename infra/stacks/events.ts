import { EVENT_SOURCE } from '@gantry/contract/events.ts';
import { type Consumer, type Subscription, subscriptions } from '@gantry/wiring/subscriptions.ts';
import { Duration, Stack } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern, SubscriptionFilter } from 'aws-cdk-lib/aws-logs';
import { LambdaDestination } from 'aws-cdk-lib/aws-logs-destinations';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { RELAY } from '../constructs/dead-letters.ts';
import { GantryFunction } from '../constructs/function.ts';
import {
  allow,
  deleteImages,
  type Link,
  openVariables,
  privateSources,
  putEvents,
  queueDeployments,
  readSecret,
  sendTo,
  startDatabase,
  startDelete,
  startDeploy,
  stopBuilds,
  stopDeploy,
  tableReadWrite,
  tableWrite,
  writeAppLog,
} from '../constructs/links.ts';
import type { Platform } from '../constructs/platform.ts';
import { ConsumerQueue, deadLetterQueue, keepFailures } from '../constructs/queue.ts';
import type { BuildsStack } from './builds.ts';
import type { ClusterStack } from './cluster.ts';
import type { DataStack } from './data.ts';
import type { DatabasesStack } from './databases.ts';
import type { RealtimeStack } from './realtime.ts';
import type { SourceStack } from './source.ts';
import type { VariablesStack } from './variables.ts';
import type { WorkflowsStack } from './workflows.ts';

/** A consumer's time limit. */
const CONSUMER_TIMEOUT = Duration.seconds(30);

export interface EventsProps {
  readonly platform: Platform;
  readonly data: DataStack;
  readonly variables: VariablesStack;
  readonly source: SourceStack;
  readonly builds: BuildsStack;
  readonly cluster: ClusterStack;
  readonly realtime: RealtimeStack;
  readonly workflows: WorkflowsStack;
  readonly databases: DatabasesStack;
}

interface Looks {
  readonly consumer: GantryFunction;
  readonly queue: Queue;
}

/** From the table's outbox over the bus to each consumer that the contract declares. */
export class EventsStack extends Stack {
  /** Requests for looks at the health of live releases. */
  readonly looks: Queue;
  /** Sends the outbox to the bus. */
  readonly relay: GantryFunction;

  constructor(scope: Construct, id: string, props: EventsProps) {
    const { platform, data, variables, source, builds, cluster, realtime, workflows, databases } = props;
    super(scope, id, { description: `Gantry ${platform.stage.stage}: events` });
    const bus = new EventBus(this, 'Bus', {
      eventBusName: `gantry-${platform.stage.stage}`,
      description: 'Events of the control plane',
    });
    bus.archive('Archive', {
      description: 'Events of the last month, to replay after a fault',
      eventPattern: { source: [EVENT_SOURCE] },
      retention: Duration.days(30),
    });
    const relay = new GantryFunction(this, 'Relay', {
      platform,
      entry: 'events/relay',
      description: "Sends the outbox's events to the bus",
      timeout: Duration.seconds(30),
      links: [putEvents(bus)],
    });
    this.relay = relay;
    this.relayOutbox(platform, data, relay);

    const links: Readonly<Record<Consumer, readonly Link[]>> = {
      'deployment-start': [startDeploy(workflows.deploy)],
      'deployment-end': [
        tableReadWrite(data.table),
        stopDeploy(workflows.deploy),
        stopBuilds(builds.project),
        cluster.access('gantry:deployers'),
        deleteImages(builds.repositoryPrefix),
      ],
      'health-look': [
        tableReadWrite(data.table),
        cluster.access('gantry:readers'),
        writeAppLog(cluster.appLogs),
        ...queueDeployments(platform.stage),
      ],
      'deployment-timings': [tableWrite(data.table)],
      'deletion-start': [startDelete(workflows.delete)],
      'database-rotated': [tableReadWrite(data.table), ...queueDeployments(platform.stage)],
      'database-start': [startDatabase(databases.machine)],
      'source-report': [
        tableReadWrite(data.table),
        readSecret('GITHUB_APP_SECRET', source.githubApp),
        privateSources(platform.stage),
      ],
      notify: [tableReadWrite(data.table), openVariables(variables.key), privateSources(platform.stage)],
      'exec-run': [tableReadWrite(data.table), realtime.send, cluster.access('gantry:executors')],
      'realtime-push': [tableReadWrite(data.table), realtime.send],
      'realtime-leave': [tableReadWrite(data.table), realtime.send, realtime.close],
    };
    const consumers = new Map<string, Looks>();
    for (const [name, subscription] of Object.entries<Subscription>(subscriptions)) {
      const scope = new Construct(this, name);
      const { holdsSeconds } = subscription;
      const timeout = holdsSeconds === undefined ? CONSUMER_TIMEOUT : Duration.seconds(holdsSeconds);
      const consumer = new GantryFunction(scope, 'Function', {
        platform,
        entry: subscription.function,
        description: `Consumes ${name}`,
        timeout,
        links: links[name as Consumer],
      });
      const { queue } = new ConsumerQueue(scope, name, {
        platform,
        events: {
          bus,
          pattern: {
            source: [EVENT_SOURCE],
            detailType: [...subscription.events],
            ...(subscription.data && { detail: { data: subscription.data } }),
          },
        },
        consumer,
        consumerTimeout: timeout,
        ...(holdsSeconds !== undefined && { batchSize: 1 }),
        maxConcurrency: subscription.maxConcurrency,
      });
      consumers.set(name, { consumer, queue });
    }
    const notices = consumers.get('notify' satisfies Consumer);
    if (notices !== undefined) sendTo('NOTICES_QUEUE_URL', notices.queue)(notices.consumer);
    this.looks = this.hearCluster(platform, cluster, consumers.get('health-look' satisfies Consumer));
  }

  /** Looks at health are requested by earlier looks, and by events of the cluster. */
  private hearCluster(platform: Platform, cluster: ClusterStack, looks: Looks | undefined): Queue {
    if (looks === undefined) throw new Error('No function checks the health of live releases.');
    const { consumer, queue } = looks;
    sendTo('HEALTH_QUEUE_URL', queue)(consumer);
    const hear = new GantryFunction(this, 'Hear', {
      platform,
      entry: 'health/hear',
      description: 'Asks for a look at each release that the cluster tells of',
      timeout: Duration.seconds(30),
      links: [sendTo('HEALTH_QUEUE_URL', queue)],
    });
    keepFailures(this, platform, hear, 'cluster-events');
    new SubscriptionFilter(this, 'ClusterEvents', {
      logGroup: cluster.events,
      destination: new LambdaDestination(hear),
      filterPattern: FilterPattern.allEvents(),
    });
    return queue;
  }

  /** An event waits in its transaction's outbox item until the relay has sent it; the stream keeps it for a day. */
  private relayOutbox(platform: Platform, { table }: DataStack, relay: GantryFunction): void {
    if (!table.tableStreamArn) throw new Error('The table has no stream.');
    const dead = deadLetterQueue(new Construct(this, 'Outbox'), platform, RELAY);
    const stream = ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'];
    relay.addToRolePolicy(allow('ReadStream', stream, table.tableStreamArn));
    relay.addToRolePolicy(allow('ListStreams', ['dynamodb:ListStreams'], `${table.tableArn}/stream/*`));
    // Lambda dead-letters in the function's name, and the relay itself dead-letters items that it cannot read.
    sendTo('RELAY_DEAD_LETTERS_URL', dead)(relay);
    new EventSourceMapping(this, 'RelayOutbox', {
      target: relay,
      eventSourceArn: table.tableStreamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      retryAttempts: 100,
      onFailure: { bind: () => ({ destination: dead.queueArn }) },
      filters: [
        FilterCriteria.filter({
          eventName: FilterRule.isEqual('INSERT'),
          dynamodb: { NewImage: { __edb_e__: { S: FilterRule.isEqual('outbox') } } },
        }),
      ],
    });
  }
}
