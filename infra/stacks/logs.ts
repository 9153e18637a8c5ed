import { Duration, Stack } from 'aws-cdk-lib';
import { FilterPattern, SubscriptionFilter } from 'aws-cdk-lib/aws-logs';
import { LambdaDestination } from 'aws-cdk-lib/aws-logs-destinations';
import type { Construct } from 'constructs';
import { GantryFunction } from '../constructs/function.ts';
import { logGroupNames, tableReadWrite } from '../constructs/links.ts';
import type { Platform } from '../constructs/platform.ts';
import { keepFailures } from '../constructs/queue.ts';
import type { BuildsStack } from './builds.ts';
import type { ClusterStack } from './cluster.ts';
import type { DataStack } from './data.ts';
import type { RealtimeStack } from './realtime.ts';

export interface LogsProps {
  readonly platform: Platform;
  readonly data: DataStack;
  readonly builds: BuildsStack;
  readonly cluster: ClusterStack;
  readonly realtime: RealtimeStack;
}

/** Sends new lines of builds and apps to their followers. */
export class LogsStack extends Stack {
  constructor(scope: Construct, id: string, { platform, data, builds, cluster, realtime }: LogsProps) {
    super(scope, id, { description: `Gantry ${platform.stage.stage}: logs` });
    const ingest = new GantryFunction(this, 'Ingest', {
      platform,
      entry: 'logs/ingest',
      description: 'Sends log lines to the connections that follow them',
      timeout: Duration.seconds(30),
      links: [
        tableReadWrite(data.table),
        logGroupNames({ BUILD_LOG_GROUP: builds.logs, APP_LOG_GROUP: cluster.appLogs }),
        realtime.send,
      ],
    });
    keepFailures(this, platform, ingest, 'log-lines');
    for (const [name, group] of [
      ['Builds', builds.logs],
      ['Apps', cluster.appLogs],
    ] as const) {
      new SubscriptionFilter(this, name, {
        logGroup: group,
        destination: new LambdaDestination(ingest),
        filterPattern: FilterPattern.allEvents(),
      });
    }
  }
}
