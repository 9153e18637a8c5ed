import { join } from 'node:path';
import { DISK_LIMITS } from '../../disk.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { FunctionInvoker, LogLine, LogWriter, Metrics } from '../../kernel/ports.ts';
import type { ResourceType, Room } from '../../kernel/resource.ts';
import { LogDatabase } from './database.ts';
import { createMetricFilters } from './metric-filter.ts';
import { readOperations } from './read.ts';
import { type Delivery, type Subscription, startDelivery } from './subscription.ts';
import { groupArn, requireGroup, type Writing, write, writeOperations } from './write.ts';

const SWEEP_MS = 60_000;
const DAY_MS = 86_400_000;

/** CloudWatch, as it reads metrics from log lines. */
interface Watching {
  readonly metrics: Metrics;
  readLines(lines: readonly LogLine[]): void;
}

/** CloudWatch Logs: groups, streams, reading by time, subscriptions of functions, and metrics of lines. */
export function createLogs(kernel: Kernel, functions: FunctionInvoker, watching?: Watching): Room & LogWriter {
  const db = new LogDatabase(join(kernel.dataDir, 'logs.db'));
  const retention = new Map<string, number>();
  const subscriptions = new Map<string, Subscription>();
  const filters = createMetricFilters(watching?.metrics);
  let deliveries: readonly Delivery[] = [];
  let sweeping: NodeJS.Timeout | undefined;
  const writing: Writing = {
    db,
    iam: kernel.iam,
    meter: kernel.meter,
    arrived(group) {
      for (const delivery of deliveries) if (delivery.group === group) delivery.arrived();
    },
    read(group, lines) {
      watching?.readLines(lines);
      filters.read(group, lines);
    },
  };
  const sweep = (): void => {
    for (const [group, days] of retention) db.expire(group, Date.now() - days * DAY_MS);
    db.shrink(DISK_LIMITS.logs);
  };
  return {
    services: [
      {
        signingName: 'logs',
        protocol: 'json',
        model: () => import('@aws-sdk/client-cloudwatch-logs'),
        operations: { ...writeOperations(writing), ...readOperations(db) },
      },
    ],
    resources: [groupType(db, retention), subscriptionType(db, subscriptions), filters.type],
    write: (...parameters) => write(writing, ...parameters),
    start() {
      deliveries = [...subscriptions.values()].map((each) => startDelivery(kernel, db, functions, each));
      for (const delivery of deliveries) delivery.arrived();
      sweeping = setInterval(sweep, SWEEP_MS);
    },
    async stop() {
      clearInterval(sweeping);
      await Promise.all(deliveries.map((delivery) => delivery.stop()));
      db.close();
    },
  };
}

function groupType(db: LogDatabase, retention: Map<string, number>): ResourceType {
  return {
    type: 'AWS::Logs::LogGroup',
    uses: ['LogGroupName', 'RetentionInDays'],
    inert: {
      KmsKeyId: 'encryption at rest has no effect that a client can see',
      LogGroupClass: 'a matter of price and of features that are not emulated',
      Tags: 'tags have no effect',
    },
    declare(properties, place) {
      const given = properties as { readonly LogGroupName?: string; readonly RetentionInDays?: number | string };
      const name = given.LogGroupName ?? place.name(512);
      db.addGroup(name);
      if (given.RetentionInDays === undefined) retention.delete(name);
      else retention.set(name, Number(given.RetentionInDays));
      return { ref: name, attributes: { Arn: groupArn(name) } };
    },
    remove(name) {
      db.removeGroup(name);
    },
  };
}

/** AWS allows two subscriptions per group. */
const PER_GROUP = 2;

function subscriptionType(db: LogDatabase, subscriptions: Map<string, Subscription>): ResourceType {
  return {
    type: 'AWS::Logs::SubscriptionFilter',
    uses: ['LogGroupName', 'DestinationArn', 'FilterPattern', 'FilterName'],
    inert: { Distribution: 'only for Kinesis streams' },
    declare(properties, place) {
      const given = properties as {
        readonly LogGroupName: string;
        readonly DestinationArn: string;
        readonly FilterPattern: string;
        readonly FilterName?: string;
      };
      const name = given.FilterName ?? place.name(512);
      if (given.FilterPattern !== '') {
        throw new Error(`${place.at}: local cloud: a FilterPattern that leaves lines out is not emulated`);
      }
      if (!given.DestinationArn.startsWith('arn:aws:lambda:')) {
        throw new Error(`${place.at}: local cloud: a destination other than a function is not emulated`);
      }
      requireGroup(db, given.LogGroupName);
      subscriptions.set(place.at, { group: given.LogGroupName, name, functionArn: given.DestinationArn });
      const count = [...subscriptions.values()].filter(({ group }) => group === given.LogGroupName).length;
      if (count > PER_GROUP)
        throw new Error(`${place.at}: ${given.LogGroupName} has more than ${PER_GROUP} subscriptions`);
      return { ref: name, attributes: {} };
    },
  };
}
