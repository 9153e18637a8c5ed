import { imageActions } from '@gantry/wiring/build.ts';
import { ArnFormat, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { BuildSpec, ComputeType, LinuxArmBuildImage, Project, Source } from 'aws-cdk-lib/aws-codebuild';
import { ArnPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { GantryFunction } from '../constructs/function.ts';
import {
  allow,
  appsOrigin,
  assume,
  openVariables,
  privateSources,
  repositoryArn,
  settings,
  tableReadWrite,
} from '../constructs/links.ts';
import { logGroup } from '../constructs/logs.ts';
import type { Platform } from '../constructs/platform.ts';
import { serviceOf } from '../constructs/service-role.ts';
import type { DataStack } from './data.ts';
import type { VariablesStack } from './variables.ts';

const COMPUTE = { small: ComputeType.SMALL, medium: ComputeType.MEDIUM, large: ComputeType.LARGE } as const;

/** Prints a value of the builder's result by an expression over `result`. */
const ofResult = (expression: string) =>
  `node -e "const result = JSON.parse(require('node:fs').readFileSync('result.json', 'utf8')); console.log(${expression})"`;

export interface BuildsProps {
  readonly platform: Platform;
  readonly data: DataStack;
  readonly variables: VariablesStack;
}

/** Builds source into images: CodeBuild runs the bundled builder. */
export class BuildsStack extends Stack {
  readonly project: Project;
  readonly logs: LogGroup;
  /** The prefix of each service's repository. */
  readonly repositoryPrefix: string;

  constructor(scope: Construct, id: string, { platform, data, variables }: BuildsProps) {
    const { stage } = platform;
    super(scope, id, { description: `Gantry ${stage.stage}: builds` });
    this.repositoryPrefix = `gantry-${stage.stage}`;
    this.logs = logGroup(this, 'Log', stage, 'builds');
    const claim = this.claim(platform, data, variables);
    const builder = new Asset(this, 'Builder', { path: platform.bundles.builder });
    const role = new Role(this, 'Role', {
      assumedBy: serviceOf(this, 'codebuild.amazonaws.com'),
      description: 'Runs the builder',
    });
    // The project adds broader grants than it needs (creating log groups, report groups): the role takes only ours.
    const project = new Project(this, 'Project', {
      description: 'Makes one image, of source or of another registry',
      role: role.withoutPolicyUpdates(),
      source: Source.s3({ bucket: builder.bucket, path: builder.s3ObjectKey }),
      environment: {
        buildImage: LinuxArmBuildImage.AMAZON_LINUX_2023_STANDARD_3_0,
        computeType: COMPUTE[stage.sizes.buildCompute],
        // BuildKit runs in the build's own Docker daemon.
        privileged: true,
      },
      environmentVariables: { BUILD_ENGINE: { value: 'buildx' }, CLAIM_FUNCTION: { value: claim.functionName } },
      buildSpec: BuildSpec.fromObject({
        version: '0.2',
        env: { 'exported-variables': ['IMAGE_DIGEST', 'BUILD_PLAN', 'RELEASE_COMMAND', 'REHEARSE'] },
        phases: {
          install: { 'runtime-versions': { nodejs: 22 } },
          build: {
            commands: [
              'node main.mjs',
              `export IMAGE_DIGEST="$(${ofResult('result.imageDigest')})"`,
              `export BUILD_PLAN="$(${ofResult('JSON.stringify(result.report)')})"`,
              `export REHEARSE="$(${ofResult("result.report.rehearseSeconds === undefined ? 'no' : 'yes'")})"`,
              `export RELEASE_COMMAND="$(${ofResult("result.report.releaseCommand === undefined ? 'no' : 'yes'")})"`,
            ],
          },
        },
      }),
      grantReportGroupPermissions: false,
      logging: { cloudWatch: { logGroup: this.logs } },
      timeout: Duration.minutes(30),
      queuedTimeout: Duration.minutes(30),
    });
    const grants = [
      // All builds share the role, and IAM cannot tell them apart: docs/flows/push-to-live.md says what that leaves open.
      allow('WriteLog', ['logs:CreateLogStream', 'logs:PutLogEvents'], this.buildStreams()),
      allow('ReadBuilder', ['s3:GetObject', 's3:GetObjectVersion'], builder.bucket.arnForObjects(builder.s3ObjectKey)),
      allow('ClaimOrder', ['lambda:InvokeFunction'], claim.functionArn),
    ];
    for (const grant of grants) role.addToPolicy(grant);
    project.node.addDependency(role);
    this.project = project;
    new CfnOutput(this, 'BuildProject', { value: project.projectName, description: 'Runs each build' });
  }
  /** The log streams of builds, each `<deployment id>/<CodeBuild's id of the build>`. */
  private buildStreams(): string {
    return this.formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: `${this.logs.logGroupName}:log-stream:dpl_*/*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }

  /**
   * Gives a build its order and, for its duration, rights on its own service's source and repositories only. The project's role has none of these
   * rights, so a build that uses that role reaches nothing.
   */
  private claim(platform: Platform, { table, uploads }: DataStack, { key }: VariablesStack): GantryFunction {
    const claim = new GantryFunction(this, 'Claim', {
      platform,
      entry: 'builds/claim-build',
      description: 'Gives a build its order and its rights',
      timeout: Duration.seconds(20),
      links: [
        tableReadWrite(table),
        openVariables(key),
        appsOrigin(platform.stage),
        privateSources(platform.stage),
        settings({
          UPLOADS_BUCKET: uploads.bucketName,
          REPOSITORY_PREFIX: this.repositoryPrefix,
          REPOSITORIES_ARN: this.formatArn({ service: 'ecr', resource: 'repository', resourceName: '' }),
        }),
      ],
    });
    const access = new Role(this, 'Access', {
      assumedBy: new ArnPrincipal(claim.role?.roleArn ?? ''),
      description: 'The most that a build may do; its session may do it only for one service',
    });
    const grants = [
      allow('ReadUploads', ['s3:GetObject'], uploads.arnForObjects('*')),
      allow('PushImages', [...imageActions], repositoryArn(this, this.repositoryPrefix)),
      // The token is for the account's whole registry; AWS has no narrower resource.
      allow('RegistryToken', ['ecr:GetAuthorizationToken'], '*'),
    ];
    for (const grant of grants) access.addToPolicy(grant);
    assume('BUILD_ACCESS_ROLE_ARN', access)(claim);
    return claim;
  }
}
