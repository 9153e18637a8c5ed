import { isDeepStrictEqual } from 'node:util';
import { type DeployedTemplate, exportsOf, importsOf } from './stacks.ts';

/** The effect of an upgrade on one resource. */
export interface Change {
  readonly kind: 'add' | 'remove' | 'change';
  readonly at: string;
  readonly type: string;
  /** The changed properties. */
  readonly paths: readonly string[];
  /** The loss that the change would cause; undefined if nothing is lost. */
  readonly loses?: string;
}

/**
 * Types of resources that hold data or apps, with the properties whose change makes CloudFormation replace the resource
 * with a new, empty one. See "Update requires: Replacement" on each type's page in
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
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

/** A removed export that a deployed stack still imports. */
export interface HeldExport {
  readonly what: string;
  readonly by: string;
  /** Whether the importing stack holds data or apps. Any other stack can be deleted, and the upgrade makes it again. */
  readonly isPrecious: boolean;
}

/**
 * Exports that the upgrade would remove while a deployed stack still imports them. CloudFormation then refuses to
 * update the exporting stack, and would update the importing stack only after it.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
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
        what: `${stack} no longer exports ${name}, but the deployed ${by} still imports it`,
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
    const loses = precious && 'it would be removed with its data';
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
