import { deletion } from '@gantry/statemachines/delete.ts';
import { deploy } from '@gantry/statemachines/deploy.ts';
import { CfnOutput, Duration, Size, Stack } from 'aws-cdk-lib';
import type { Project } from 'aws-cdk-lib/aws-codebuild';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { alarm } from '../constructs/alarms.ts';
import { GantryFunction, type GantryFunctionProps } from '../constructs/function.ts';
import {
  allow,
  appsOrigin,
  createRepository,
  deleteRepository,
  giveTurns,
  type Link,
  openVariables,
  readLogs,
  readSecret,
  sealVariables,
  settings,
  stopDeploy,
  tableRead,
  tableReadWrite,
  uploadsWrite,
} from '../constructs/links.ts';
import { GantryMachine } from '../constructs/machine.ts';
import type { Platform } from '../constructs/platform.ts';
import type { BuildsStack } from './builds.ts';
import type { ClusterStack } from './cluster.ts';
import type { DataStack } from './data.ts';
import type { SourceStack } from './source.ts';
import type { VariablesStack } from './variables.ts';

export interface WorkflowsProps {
  readonly platform: Platform;
  readonly data: DataStack;
  readonly variables: VariablesStack;
  readonly source: SourceStack;
  readonly builds: BuildsStack;
  readonly cluster: ClusterStack;
}

interface StepOptions {
  /** The entry point under `functions/deploy/`; the step's own name unless told. */
  readonly entry?: string;
  readonly records?: Link;
  readonly room?: GantryFunctionProps['room'];
}

/** The machines and their steps. */
export class WorkflowsStack extends Stack {
  readonly deploy: GantryMachine;
  readonly delete: GantryMachine;

  constructor(scope: Construct, id: string, props: WorkflowsProps) {
    const { platform, builds } = props;
    super(scope, id, { description: `Gantry ${platform.stage.stage}: workflows` });
    this.deploy = new GantryMachine(this, 'Deploy', {
      platform,
      table: deploy,
      steps: this.deploySteps(props),
      substitutions: { BuildProject: builds.project.projectName, BuildLogGroup: builds.logs.logGroupName },
    });
    this.runBuilds(this.deploy.runsAs, builds.project);
    this.delete = new GantryMachine(this, 'Delete', { platform, table: deletion, steps: this.deleteSteps(props) });
    new CfnOutput(this, 'DeployMachine', { value: this.deploy.stateMachineArn, description: 'Runs each deployment' });
    new CfnOutput(this, 'DeleteMachine', { value: this.delete.stateMachineArn, description: 'Runs each deletion' });
    this.alarms(platform);
  }

  private deploySteps({
    platform,
    data,
    variables,
    source,
    builds,
    cluster,
  }: WorkflowsProps): Record<string, GantryFunction> {
    const table = tableReadWrite(data.table);
    const deployer = cluster.access('gantry:deployers');
    const snapshot = [sealVariables(variables.key), openVariables(variables.key)];
    const step = (
      name: string,
      description: string,
      timeout: Duration,
      links: readonly Link[],
      { entry = name.toLowerCase(), records = table, room }: StepOptions = {},
    ): GantryFunction =>
      new GantryFunction(this, name, {
        platform,
        ...(room && { room }),
        entry: `deploy/${entry}`,
        description,
        timeout,
        links: [records, ...links],
      });
    return {
      Prepare: step('Prepare', 'Takes up a deployment and says what is left to do', Duration.seconds(30), [
        appsOrigin(platform.stage),
      ]),
      Fetch: step(
        'Fetch',
        'Fetches a commit for the build',
        Duration.minutes(10),
        [
          uploadsWrite(data.uploads),
          readSecret('GITHUB_APP_SECRET', source.githubApp),
          openVariables(variables.key),
          settings({ PRIVATE_SOURCES: String(platform.stage.privateSources) }),
        ],
        // What git sends and the archive that is made of it are files at the same time.
        { room: { memory: 1024, files: Size.gibibytes(2) } },
      ),
      Queue: step('Queue', 'Puts a build into the queue', Duration.seconds(30), [
        createRepository(builds.repositoryPrefix),
        giveTurns(platform.stage),
      ]),
      Rollout: step('Rollout', 'Applies a release to the cluster', Duration.minutes(1), [
        deployer,
        cluster.appSettings,
        appsOrigin(platform.stage),
        ...snapshot,
      ]),
      ReleaseCommand: step(
        'ReleaseCommand',
        'Runs a release command',
        Duration.minutes(11),
        [deployer, cluster.appSettings, appsOrigin(platform.stage), ...snapshot],
        { entry: 'release' },
      ),
      Check: step(
        'Check',
        'Looks whether a release with a part of the traffic is healthy',
        Duration.minutes(1),
        [deployer],
        { records: tableRead(data.table) },
      ),
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

  private deleteSteps({ platform, data, builds, cluster }: WorkflowsProps): Record<string, GantryFunction> {
    const table = tableReadWrite(data.table);
    const step = (id: string, entry: string, description: string, timeout: Duration, links: readonly Link[]) =>
      new GantryFunction(this, id, { platform, entry: `delete/${entry}`, description, timeout, links });
    return {
      StopDeployments: step('StopDeployments', 'stop', 'Stops deployments of what is deleted', Duration.minutes(1), [
        table,
        stopDeploy(this.deploy),
      ]),
      RemoveWorkloads: step(
        'RemoveWorkloads',
        'workloads',
        'Removes what is deleted from the cluster',
        Duration.minutes(5),
        [tableRead(data.table), cluster.access('gantry:removers'), deleteRepository(builds.repositoryPrefix)],
      ),
      RemoveRecords: step('RemoveRecords', 'records', 'Removes the records of what is deleted', Duration.minutes(1), [
        table,
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
    alarm(this.delete, 'Failed', platform, {
      description: 'A deletion failed: read the cause in its execution, mend it, and ask for the deletion again.',
      metric: this.delete.metricFailed({ period }),
      threshold: 1,
    });
    alarm(this.delete, 'TimedOut', platform, {
      description: 'A deletion ran into the time limit of its machine: see what is left, and ask for it again.',
      metric: this.delete.metricTimedOut({ period }),
      threshold: 1,
    });
  }
}
