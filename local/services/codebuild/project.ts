import { ACCOUNT, REGION } from '../../kernel/kernel.ts';
import type { ResourceType } from '../../kernel/resource.ts';
import { AwsError } from '../../kernel/service.ts';
import { type Buildspec, parseBuildspec } from './buildspec.ts';

/** A build project as the template declares it. */
export interface Project {
  readonly name: string;
  readonly arn: string;
  readonly serviceRole: string;
  readonly source: { readonly bucket: string; readonly key: string } | undefined;
  readonly buildspec: Buildspec;
  readonly machine: Machine;
  readonly variables: Readonly<Record<string, string>>;
  readonly logGroup: string;
  readonly logStream: string | undefined;
  readonly timeoutMinutes: number;
  readonly concurrentBuildLimit: number;
}

/** Settings for AWS only. Here builds are processes, and only their events mention these. */
interface Machine {
  readonly Type?: string;
  readonly Image?: string;
  readonly ComputeType?: string;
  readonly PrivilegedMode?: boolean;
}

export interface EnvironmentVariable {
  readonly name: string;
  readonly value: string;
  readonly type?: string;
}

interface Properties {
  readonly Name?: string;
  readonly ServiceRole: string;
  readonly Source: { readonly Type: string; readonly Location?: string; readonly BuildSpec?: string };
  readonly Artifacts: { readonly Type: string };
  readonly Environment: Machine & {
    readonly EnvironmentVariables?: readonly {
      readonly Name: string;
      readonly Value: string;
      readonly Type?: string;
    }[];
  };
  readonly LogsConfig?: {
    readonly CloudWatchLogs?: { readonly Status: string; readonly GroupName?: string; readonly StreamName?: string };
  };
  readonly TimeoutInMinutes?: number;
  readonly ConcurrentBuildLimit?: number;
}

export function projectArn(name: string): string {
  return `arn:aws:codebuild:${REGION}:${ACCOUNT}:project/${name}`;
}

/** Variables by name. Throws for one from a store that is not emulated. */
export function toVariables(list: readonly EnvironmentVariable[] = []): Readonly<Record<string, string>> {
  for (const { name, type = 'PLAINTEXT' } of list) {
    if (type !== 'PLAINTEXT') {
      throw new AwsError('InvalidInputException', `Environment variable ${name}: type ${type} is not emulated.`);
    }
  }
  return Object.fromEntries(list.map(({ name, value }) => [name, value]));
}

/** The type `AWS::CodeBuild::Project`; `declared` gets each project, and `remove` the name of a deleted one. */
export function projectType(
  declared: (project: Project) => void,
  remove: (name: string) => Promise<void>,
): ResourceType {
  return {
    type: 'AWS::CodeBuild::Project',
    uses: [
      'Name',
      'ServiceRole',
      'Source.Type',
      'Source.Location',
      'Source.BuildSpec',
      'Artifacts.Type',
      'Environment.EnvironmentVariables',
      'Environment.Type',
      'Environment.Image',
      'Environment.ComputeType',
      'Environment.PrivilegedMode',
      'LogsConfig.CloudWatchLogs',
      'TimeoutInMinutes',
      'ConcurrentBuildLimit',
    ],
    inert: {
      'Environment.ImagePullCredentialsType': 'no image is pulled',
      'Environment.Fleet': 'there are no machines to choose from',
      Cache: 'a build starts only from its source',
      Description: 'nothing local shows it',
      EncryptionKey: 'local artifacts are not encrypted',
      QueuedTimeoutInMinutes: 'a build never queues',
      Tags: 'nothing local reads tags',
      Visibility: 'the project is private in any case',
    },
    declare(properties, place) {
      const given = properties as unknown as Properties;
      const name = given.Name ?? place.name(150);
      const { Type: artifacts } = given.Artifacts;
      if (artifacts !== 'NO_ARTIFACTS') throw unsupported(name, `Artifacts.Type ${artifacts}`);
      if (given.Source.BuildSpec === undefined) throw unsupported(name, 'a project without an inline Source.BuildSpec');
      const cloudWatch = given.LogsConfig?.CloudWatchLogs;
      if (cloudWatch?.Status === 'DISABLED') throw unsupported(name, 'LogsConfig.CloudWatchLogs.Status DISABLED');
      const project: Project = {
        name,
        arn: projectArn(name),
        serviceRole: given.ServiceRole,
        source: source(name, given.Source),
        buildspec: parseBuildspec(given.Source.BuildSpec),
        machine: given.Environment,
        variables: toVariables(
          given.Environment.EnvironmentVariables?.map(({ Name, Value, Type }) => ({
            name: Name,
            value: Value,
            ...(Type === undefined ? {} : { type: Type }),
          })),
        ),
        logGroup: cloudWatch?.GroupName ?? `/aws/codebuild/${name}`,
        logStream: cloudWatch?.StreamName,
        timeoutMinutes: given.TimeoutInMinutes ?? 60,
        concurrentBuildLimit: given.ConcurrentBuildLimit ?? Number.POSITIVE_INFINITY,
      };
      declared(project);
      return { ref: name, attributes: { Arn: project.arn } };
    },
    remove,
  };
}

function source(project: string, { Type: type, Location: location = '' }: Properties['Source']): Project['source'] {
  if (type === 'NO_SOURCE') return undefined;
  const slash = location.indexOf('/');
  if (type !== 'S3' || slash < 1) throw unsupported(project, `Source of type ${type} at '${location}'`);
  return { bucket: location.slice(0, slash).replace(/^arn:aws:s3:::/, ''), key: location.slice(slash + 1) };
}

function unsupported(project: string, what: string): AwsError {
  return new AwsError('InvalidInputException', `Project ${project}: ${what} is not emulated.`);
}
