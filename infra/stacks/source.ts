import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { DELIVERIES } from '../constructs/dead-letters.ts';
import { GantryFunction } from '../constructs/function.ts';
import { queueDeployments, tableReadWrite } from '../constructs/links.ts';
import type { Platform } from '../constructs/platform.ts';
import { ConsumerQueue } from '../constructs/queue.ts';
import type { DataStack } from './data.ts';

const TIMEOUT = Duration.seconds(30);

export interface SourceProps {
  readonly platform: Platform;
  readonly data: DataStack;
}

/** Receives pushes: the App on GitHub, and the queue of its deliveries. */
export class SourceStack extends Stack {
  /** Empty until an operator registers the App: its settings and keys are never in a template. */
  readonly githubApp: CfnSecret;
  readonly deliveries: Queue;

  constructor(scope: Construct, id: string, { platform, data }: SourceProps) {
    const { stage } = platform;
    super(scope, id, { description: `Gantry ${stage.stage}: source` });
    this.githubApp = new CfnSecret(this, 'GithubApp', {
      name: `gantry-${stage.stage}-github-app`,
      description: 'The App on GitHub, registered by npm run github',
    });
    const consumer = new GantryFunction(this, 'Deliver', {
      platform,
      entry: 'source/deliver',
      description: 'Queues deployments of pushed commits',
      timeout: TIMEOUT,
      links: [tableReadWrite(data.table), ...queueDeployments(stage)],
    });
    const { queue } = new ConsumerQueue(this, DELIVERIES, {
      platform,
      consumer,
      consumerTimeout: TIMEOUT,
      maxConcurrency: 10,
    });
    this.deliveries = queue;
    new CfnOutput(this, 'GithubAppSecret', {
      value: this.githubApp.ref,
      description: 'Filled by npm run github with the App that it registers',
    });
  }
}
