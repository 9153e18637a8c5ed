import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Aws, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import type { Project } from 'aws-cdk-lib/aws-codebuild';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { DefinitionBody, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { alarm } from '../constructs/alarms.ts';
import { ROOT } from '../constructs/bundle.ts';
import { GantryFunction } from '../constructs/function.ts';
import {
  allow,
  appsOrigin,
  createRepository,
  type Link,
  readLogs,
  settings,
  tableReadWrite,
} from '../constructs/links.ts';
import { removalPolicy } from '../constructs/logs.ts';
import type { Platform } from '../constructs/platform.ts';
import type { BuildsStack } from './builds.ts';
import type { ClusterStack } from './cluster.ts';
import type { DataStack } from './data.ts';

export interface WorkflowsProps {
  readonly platform: Platform;
  readonly data: DataStack;
  readonly builds: BuildsStack;
  readonly cluster: ClusterStack;
}

/** The deploy machine and its steps. */
export class WorkflowsStack extends Stack {
  readonly deploy: StateMachine;

  constructor(scope: Construct, id: string, props: WorkflowsProps) {
    const { platform, builds } = props;
    super(scope, id, { description: `Gantry ${platform.stage.stage}: workflows` });
    const steps = this.steps(props);
    const role = new Role(this, 'DeployRole', {
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
      description: 'Runs the deploy machine',
    });
    const functions = Object.values(steps);
    role.addToPolicy(allow('InvokeSteps', ['lambda:InvokeFunction'], ...functions.map((step) => step.functionArn)));
    this.runBuilds(role, builds.project);
    this.deploy = new StateMachine(this, 'Deploy', {
      stateMachineType: StateMachineType.STANDARD,
      // Inline, so that the template alone says what the machine does.
      definitionBody: DefinitionBody.fromString(
        readFileSync(join(ROOT, 'statemachines/deploy/deploy.asl.json'), 'utf8'),
      ),
      definitionSubstitutions: {
        Partition: Aws.PARTITION,
        BuildProject: builds.project.projectName,
        BuildLogGroup: builds.logs.logGroupName,
        ...Object.fromEntries(Object.entries(steps).map(([name, step]) => [`${name}Function`, step.functionArn])),
      },
      role,
      removalPolicy: removalPolicy(platform.stage),
    });
    this.deploy.node.addDependency(role);
    new CfnOutput(this, 'DeployMachine', { value: this.deploy.stateMachineArn, description: 'Runs each deployment' });
    this.alarms(platform);
  }

  /** One function for each step that is ours. */
  private steps({ platform, data, builds, cluster }: WorkflowsProps): Record<string, GantryFunction> {
    const table = tableReadWrite(data.table);
    const deployer = cluster.access('gantry:deployers');
    const step = (name: string, description: string, timeout: Duration, links: readonly Link[]): GantryFunction =>
      new GantryFunction(this, name, {
        platform,
        entry: `deploy/${name.toLowerCase()}`,
        description,
        timeout,
        links: [table, ...links],
      });
    return {
      Prepare: step('Prepare', 'Takes up a deployment and says what to build', Duration.seconds(30), [
        createRepository(builds.repositoryPrefix),
        settings({ UPLOADS_BUCKET: data.uploads.bucketName }),
      ]),
      Rollout: step('Rollout', 'Applies a release to the cluster', Duration.minutes(1), [deployer]),
      Verify: step('Verify', 'Watches a release until it is healthy', Duration.minutes(11), [deployer]),
      Shift: step('Shift', 'Moves traffic to a release', Duration.minutes(2), [deployer]),
      Finish: step('Finish', 'Records that a release is live', Duration.minutes(1), [
        deployer,
        appsOrigin(platform.stage),
      ]),
      Revert: step('Revert', 'Leaves the earlier release serving, and records why', Duration.minutes(2), [
        deployer,
        readLogs({ BUILD_LOG_GROUP: builds.logs }),
      ]),
    };
  }

  /** What `codebuild:startBuild.sync` needs; Step Functions learns of a build's end by a rule that it manages itself. */
  private runBuilds(role: Role, project: Project): void {
    const rule = this.formatArn({
      service: 'events',
      resource: 'rule',
      resourceName: 'StepFunctionsGetEventForCodeBuildStartBuildRule',
    });
    const builds = ['codebuild:StartBuild', 'codebuild:StopBuild', 'codebuild:BatchGetBuilds'];
    role.addToPolicy(allow('RunBuilds', builds, project.projectArn));
    role.addToPolicy(allow('WatchBuilds', ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'], rule));
  }

  private alarms(platform: Platform): void {
    const period = Duration.minutes(15);
    // One that fails is an app that does not build or start: its owner hears of it. Several at once are the platform's.
    alarm(this.deploy, 'Failed', platform, {
      description: 'Five deployments failed within fifteen minutes: look for a common cause in their executions.',
      metric: this.deploy.metricFailed({ period }),
      threshold: 5,
    });
    alarm(this.deploy, 'TimedOut', platform, {
      description: 'A deployment ran into the time limit of its machine: see what its last step waited for.',
      metric: this.deploy.metricTimedOut({ period }),
      threshold: 1,
    });
  }
}
