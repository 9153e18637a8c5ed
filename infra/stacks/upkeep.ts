import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { BUILD_ENDED, DEPLOYMENT_ENDED } from '../constructs/dead-letters.ts';
import { GantryFunction } from '../constructs/function.ts';
import {
  describeDeploy,
  giveTurns,
  openVariables,
  privateSources,
  queueDeployments,
  readDepths,
  readMetrics,
  sendTo,
  settings,
  startDeploy,
  stopBuilds,
  tableReadWrite,
} from '../constructs/links.ts';
import type { Platform } from '../constructs/platform.ts';
import { ConsumerQueue } from '../constructs/queue.ts';
import { Schedule } from '../constructs/schedule.ts';
import type { BuildsStack } from './builds.ts';
import type { ClusterStack } from './cluster.ts';
import type { DataStack } from './data.ts';
import type { DatabasesStack } from './databases.ts';
import type { VariablesStack } from './variables.ts';
import type { WorkflowsStack } from './workflows.ts';

const CONSUMER_TIMEOUT = Duration.seconds(30);
/** Lambda's limit, in minutes. */
const LONGEST = 15;

export interface UpkeepProps {
  readonly platform: Platform;
  readonly data: DataStack;
  readonly variables: VariablesStack;
  readonly builds: BuildsStack;
  readonly cluster: ClusterStack;
  readonly databases: DatabasesStack;
  readonly workflows: WorkflowsStack;
  /** Requests for looks at the health of live releases. */
  readonly looks: Queue;
}

/** Repairs what a machine could not: executions that ended without their `Catch`, and any other difference. And collects metrics. */
export class UpkeepStack extends Stack {
  constructor(scope: Construct, id: string, props: UpkeepProps) {
    super(scope, id, { description: `Gantry ${props.platform.stage.stage}: upkeep` });
    this.followExecutions(props);
    this.followBuilds(props);
    this.reconcile(props);
    this.collect(props);
  }

  private followExecutions({ platform, data, builds, cluster, workflows }: UpkeepProps): void {
    const consumer = new GantryFunction(this, 'Ended', {
      platform,
      entry: 'deploy/fail-run',
      description: 'Ends the deployment of an execution that ended',
      timeout: CONSUMER_TIMEOUT,
      links: [tableReadWrite(data.table), stopBuilds(builds.project), cluster.access('gantry:deployers')],
    });
    new ConsumerQueue(this, DEPLOYMENT_ENDED, {
      platform,
      events: {
        pattern: {
          source: ['aws.states'],
          detailType: ['Step Functions Execution Status Change'],
          detail: {
            stateMachineArn: [workflows.deploy.stateMachineArn],
            status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
          },
        },
      },
      consumer,
      consumerTimeout: CONSUMER_TIMEOUT,
      maxConcurrency: 5,
    });
  }

  private followBuilds({ platform, data, builds }: UpkeepProps): void {
    const consumer = new GantryFunction(this, 'BuildEnded', {
      platform,
      entry: 'builds/end-build',
      description: 'Gives the place of a build that ended to the next',
      timeout: CONSUMER_TIMEOUT,
      links: [tableReadWrite(data.table), giveTurns(platform.stage)],
    });
    new ConsumerQueue(this, BUILD_ENDED, {
      platform,
      events: {
        pattern: {
          source: ['aws.codebuild'],
          detailType: ['CodeBuild Build State Change'],
          detail: {
            'project-name': [builds.project.projectName],
            'build-status': ['SUCCEEDED', 'FAILED', 'FAULT', 'STOPPED', 'TIMED_OUT'],
          },
        },
      },
      consumer,
      consumerTimeout: CONSUMER_TIMEOUT,
      maxConcurrency: 5,
    });
  }

  private collect({ platform, data, cluster }: UpkeepProps): void {
    const consumer = new GantryFunction(this, 'Collect', {
      platform,
      entry: 'schedule/collect',
      description: 'Collects the metrics of what runs',
      timeout: Duration.seconds(55),
      links: [
        tableReadWrite(data.table),
        readMetrics,
        settings({ TRAFFIC_MINUTES: String(platform.stage.sizes.trafficMinutes) }),
        privateSources(platform.stage),
        ...queueDeployments(platform.stage),
        cluster.access('gantry:collectors'),
      ],
    });
    new Schedule(this, 'Collection', {
      period: Duration.minutes(1),
      consumer,
      description: 'When the metrics of what runs are collected',
    });
    new CfnOutput(this, 'CollectFunction', {
      value: consumer.functionName,
      description: 'Collects the metrics of what runs, also when an operator invokes it',
    });
  }

  private reconcile({ platform, data, variables, builds, cluster, databases, workflows, looks }: UpkeepProps): void {
    const minutes = platform.stage.reconcileMinutes;
    const consumer = new GantryFunction(this, 'Reconcile', {
      platform,
      entry: 'schedule/reconcile',
      description: 'Compares the records with the cluster',
      timeout: Duration.minutes(Math.min(minutes, LONGEST)),
      links: [
        tableReadWrite(data.table),
        giveTurns(platform.stage),
        startDeploy(workflows.deploy),
        describeDeploy(workflows.deploy),
        stopBuilds(builds.project),
        cluster.access('gantry:deployers'),
        cluster.appSettings,
        openVariables(variables.key),
        databases.readPasswords,
        databases.see,
        sendTo('HEALTH_QUEUE_URL', looks),
        readDepths(platform.deadLetters),
      ],
    });
    new Schedule(this, 'Reconciliation', {
      period: Duration.minutes(minutes),
      consumer,
      description: 'When the records are compared with the cluster',
    });
    new CfnOutput(this, 'ReconcileFunction', {
      value: consumer.functionName,
      description: 'Compares the records with the cluster, also when an operator invokes it',
    });
  }
}
