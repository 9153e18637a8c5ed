import { deletion } from '@gantry/statemachines/delete.ts';
import { deploy } from '@gantry/statemachines/deploy.ts';
import { CfnOutput, Duration, Size, Stack } from 'aws-cdk-lib';
import type { Project } from 'aws-cdk-lib/aws-codebuild';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import {
  allow,
  appsOrigin,
  createRepository,
  deleteRepository,
  giveTurns,
  type Link,
  openVariables,
  privateSources,
  readLogs,
  readMetrics,
  readSecret,
  sealVariables,
  stopDeploy,
  tableRead,
  tableReadWrite,
  uploadsWrite,
} from '../constructs/links.ts';
import { GantryMachine } from '../constructs/machine.ts';
import type { Platform } from '../constructs/platform.ts';
import { stepsOf } from '../constructs/steps.ts';
import type { BuildsStack } from './builds.ts';
import type { ClusterStack } from './cluster.ts';
import type { DataStack } from './data.ts';
import type { DatabasesStack } from './databases.ts';
import type { SourceStack } from './source.ts';
import type { VariablesStack } from './variables.ts';

export interface WorkflowsProps {
  readonly platform: Platform;
  readonly data: DataStack;
  readonly variables: VariablesStack;
  readonly source: SourceStack;
  readonly builds: BuildsStack;
  readonly cluster: ClusterStack;
  readonly databases: DatabasesStack;
}

/** The key that seals and opens the variables of a release. */
function secrets({ key }: VariablesStack): Link[] {
  return [sealVariables(key), openVariables(key)];
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
  }

  /** The functions of the deployment's steps. A step without a row here has the usual links and time. */
  private deploySteps({ platform, data, variables, source, builds, cluster, databases }: WorkflowsProps) {
    const { stage } = platform;
    const table = tableReadWrite(data.table);
    const deployer = cluster.access('gantry:deployers');
    const applies = [
      table,
      deployer,
      cluster.appSettings,
      appsOrigin(stage),
      ...secrets(variables),
      databases.readPasswords,
    ];
    return stepsOf(this, platform, 'deploy', deploy, [table, deployer], {
      Prepare: { timeout: Duration.seconds(30), links: [table, appsOrigin(stage)] },
      Fetch: {
        timeout: Duration.minutes(10),
        links: [
          table,
          uploadsWrite(data.uploads),
          readSecret('GITHUB_APP_SECRET', source.githubApp),
          openVariables(variables.key),
          privateSources(stage),
        ],
        // The data from git and the archive made from it are files at the same time.
        room: { memory: 1024, files: Size.gibibytes(2) },
      },
      Queue: {
        timeout: Duration.seconds(30),
        links: [table, createRepository(builds.repositoryPrefix), giveTurns(stage)],
      },
      Rollout: { links: applies },
      ReleaseCommand: { timeout: Duration.minutes(11), links: applies },
      Rehearse: { timeout: Duration.minutes(11), links: [...applies, databases.readLogs] },
      Check: { links: [table, deployer, readMetrics] },
      Verify: { timeout: Duration.minutes(11) },
      Shift: { timeout: Duration.minutes(2) },
      Finish: { links: [table, deployer, appsOrigin(stage)] },
      Revert: { timeout: Duration.minutes(2), links: [table, deployer, readLogs({ BUILD_LOG_GROUP: builds.logs })] },
    });
  }

  private deleteSteps({ platform, data, builds, cluster }: WorkflowsProps) {
    const table = tableReadWrite(data.table);
    return stepsOf(this, platform, 'delete', deletion, [table], {
      StopDeployments: { links: [table, stopDeploy(this.deploy)] },
      RemoveWorkloads: {
        timeout: Duration.minutes(5),
        links: [tableRead(data.table), cluster.access('gantry:removers'), deleteRepository(builds.repositoryPrefix)],
      },
    });
  }

  /** The rights of `codebuild:startBuild.sync`; Step Functions hears of a build's end through a rule that it manages itself. */
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
}
