import { isDeepStrictEqual } from 'node:util';
import { type DeployedTemplate, exportsOf, importsOf } from './stacks.ts';

/** What an upgrade does to one resource. */
export interface Change {
  readonly kind: 'add' | 'remove' | 'change';
  readonly at: string;
  readonly type: string;
  /** The properties that change. */
  readonly paths: readonly string[];
  /** What would be lost by it, where something would. */
  readonly loses?: string;
}

/**
 * What holds data or apps, and the properties whose change makes CloudFormation replace it with a new one, which is empty. "Update requires:
 * Replacement" of each type's page in https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
 */
const PRECIOUS: Readonly<Record<string, readonly string[]>> = {
  'AWS::DynamoDB::Table': ['TableName', 'KeySchema', 'ImportSourceSpecification'],
  'AWS::S3::Bucket': ['BucketName', 'ObjectLockEnabled'],
  'AWS::Cognito::UserPool': ['UsernameAttributes', 'AliasAttributes', 'UsernameConfiguration'],
  'AWS::KMS::Key': ['KeySpec', 'KeyUsage', 'MultiRegion', 'Origin'],
  'AWS::EKS::Cluster': [
    'Name',
    'RoleArn',
    'BootstrapSelfManagedAddons',
    'OutpostConfig',
    'KubernetesNetworkConfig.IpFamily',
    'KubernetesNetworkConfig.ServiceIpv4Cidr',
    'AccessConfig.BootstrapClusterCreatorAdminPermissions',
  ],
  'AWS::ECR::Repository': ['RepositoryName', 'EncryptionConfiguration'],
  'AWS::EC2::VPC': ['CidrBlock', 'Ipv4IpamPoolId'],
};

type Templates = ReadonlyMap<string, DeployedTemplate>;

/** Every resource that differs between two versions of the stage's stacks. */
export function changesOf(before: Templates, after: Templates): Change[] {
  const stacks = new Set([...before.keys(), ...after.keys()]);
  return [...stacks].sort().flatMap((stack) => {
    const old = before.get(stack)?.Resources ?? {};
    const now = after.get(stack)?.Resources ?? {};
    const ids = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort();
    return ids.flatMap((id) => changeOf(`${stack}/${id}`, old[id], now[id]));
  });
}

/** An export that goes, and a deployed stack that still imports it. */
export interface HeldExport {
  readonly what: string;
  readonly by: string;
  /** Whether the importing stack holds data or apps; any other can be deleted, and is made again. */
  readonly isPrecious: boolean;
}

/**
 * Exports that would go while a deployed stack still imports them: CloudFormation refuses to update the exporting stack then, and the importing one is
 * updated after it. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
 */
export function heldExports(before: Templates, after: Templates): HeldExport[] {
  return [...before].flatMap(([stack, template]) => {
    const now = after.get(stack);
    if (now === undefined) return [];
    const kept = new Set(exportsOf(now));
    const gone = exportsOf(template).filter((name) => !kept.has(name));
    return gone.flatMap((name) => {
      const holders = [...before].filter(([other, each]) => other !== stack && importsOf(each).includes(name));
      return holders.map(([by, { Resources }]) => ({
        what: `${stack} no longer exports ${name}, which ${by} imports until it is updated itself`,
        by,
        isPrecious: Object.values(Resources).some(({ Type }) => Type in PRECIOUS),
      }));
    });
  });
}

type Resource = DeployedTemplate['Resources'][string];

function changeOf(at: string, before: Resource | undefined, after: Resource | undefined): Change[] {
  if (before === undefined) return after === undefined ? [] : [{ kind: 'add', at, type: after.Type, paths: [] }];
  const precious = PRECIOUS[before.Type];
  if (after === undefined || after.Type !== before.Type) {
    const loses = precious && 'it goes, with what it holds';
    return [{ kind: 'remove', at, type: before.Type, paths: [], ...(loses && { loses }) }];
  }
  const paths = differing(before.Properties ?? {}, after.Properties ?? {});
  if (paths.length === 0) return [];
  const replacing = (precious ?? []).find((path) => !isDeepStrictEqual(read(before, path), read(after, path)));
  const loses = replacing && `${replacing} cannot change: CloudFormation would replace it with an empty one`;
  return [{ kind: 'change', at, type: before.Type, paths, ...(loses && { loses }) }];
}

function differing(before: object, after: object): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => !isDeepStrictEqual(Reflect.get(before, name), Reflect.get(after, name))).sort();
}

function read({ Properties = {} }: Resource, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
      Properties,
    );
}
