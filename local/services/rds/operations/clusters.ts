import { randomBytes } from 'node:crypto';
import type { Access } from '../../../kernel/access.ts';
import type { Principal } from '../../../kernel/iam.ts';
import { type AnyOperation, AwsError } from '../../../kernel/service.ts';
import { requestTags, resourceTags } from '../../../kernel/tags.ts';
import { operation } from '../../../wire/operation.ts';
import type { Clusters } from '../clusters.ts';
import { type Cluster, presentCluster, rdsArn, type Wanted } from '../records.ts';
import { checkIdentifier, type GivenTags, notPlayed, type OnCluster, tagsOf } from './inputs.ts';

interface CreateClusterInput {
  readonly DBClusterIdentifier: string;
  readonly Engine: string;
  readonly EngineVersion?: string;
  readonly DatabaseName?: string;
  readonly MasterUsername?: string;
  readonly ManageMasterUserPassword?: boolean;
  readonly MasterUserSecretKmsKeyId?: string;
  readonly DBSubnetGroupName?: string;
  readonly DBClusterParameterGroupName?: string;
  readonly VpcSecurityGroupIds?: readonly string[];
  readonly StorageEncrypted?: boolean;
  readonly KmsKeyId?: string;
  readonly EnableHttpEndpoint?: boolean;
  readonly ServerlessV2ScalingConfiguration?: Readonly<Record<string, number>>;
  readonly BackupRetentionPeriod?: number;
  readonly DeletionProtection?: boolean;
  readonly Tags?: GivenTags;
}

interface DeleteClusterInput extends OnCluster {
  readonly SkipFinalSnapshot?: boolean;
  readonly FinalDBSnapshotIdentifier?: string;
}

interface ModifyClusterInput extends OnCluster {
  readonly DeletionProtection?: boolean;
  readonly BackupRetentionPeriod?: number;
  readonly ServerlessV2ScalingConfiguration?: Readonly<Record<string, number>>;
  readonly ManageMasterUserPassword?: boolean;
  readonly MasterUserSecretKmsKeyId?: string;
}

interface OnResource {
  readonly ResourceArn: string;
}

/**
 * The limits of days for which a cluster can be restored:
 * https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBCluster.html
 */
const RETENTION = { least: 1, most: 35 };

/** The product's operations on clusters, except making one from another. */
export function clusterOperations(clusters: Clusters): Readonly<Record<string, AnyOperation>> {
  const onCluster = (action: string, id: string): Access => ({
    action: `rds:${action}`,
    resource: rdsArn('cluster', id),
    context: resourceTags(clusters.find(id)?.tags),
  });
  const present = (cluster: Cluster) => ({ DBCluster: presentCluster(cluster, clusters.members(cluster.id)) });
  return {
    CreateDBCluster: operation({
      uses: [
        ...[
          'DBClusterIdentifier',
          'Engine',
          'EngineVersion',
          'DatabaseName',
          'MasterUsername',
          'ManageMasterUserPassword',
        ],
        ...['MasterUserSecretKmsKeyId', 'DBSubnetGroupName', 'DBClusterParameterGroupName', 'VpcSecurityGroupIds'],
        ...['StorageEncrypted', 'KmsKeyId', 'EnableHttpEndpoint', 'ServerlessV2ScalingConfiguration'],
        ...['BackupRetentionPeriod', 'DeletionProtection', 'Tags'],
      ],
      inert: {
        CopyTagsToSnapshot: 'a snapshot that nobody asked for by itself has the tags of its cluster anyway',
        Port: 'many servers share this machine: each has a port of its own, which DescribeDBClusters tells',
      },
      access(input: CreateClusterInput): readonly Access[] {
        const context = requestTags(tagsOf(input.Tags));
        const places = [
          rdsArn('cluster', input.DBClusterIdentifier),
          rdsArn('cluster-pg', input.DBClusterParameterGroupName ?? 'default'),
          rdsArn('subgrp', input.DBSubnetGroupName ?? 'default'),
        ];
        const create = places.map((resource) => ({ action: 'rds:CreateDBCluster', resource, context }));
        return [...create, { action: 'rds:AddTagsToResource', resource: places[0] ?? '', context }];
      },
      handle(input: CreateClusterInput, { principal }) {
        checkIdentifier(input.DBClusterIdentifier, 'DBClusterIdentifier');
        return present(clusters.create(wanted(input), principal));
      },
    }),
    DescribeDBClusters: operation({
      uses: ['DBClusterIdentifier'],
      access: ({ DBClusterIdentifier: id = '*' }: Partial<OnCluster>) => [onCluster('DescribeDBClusters', id)],
      handle({ DBClusterIdentifier: id }: Partial<OnCluster>) {
        const found = id === undefined ? clusters.all() : [clusters.get(id)];
        return {
          DBClusters: found.map((cluster) =>
            presentCluster(cluster, clusters.members(cluster.id), clusters.restorable(cluster)),
          ),
        };
      },
    }),
    ModifyDBCluster: operation({
      uses: [
        ...['DBClusterIdentifier', 'DeletionProtection', 'BackupRetentionPeriod', 'ServerlessV2ScalingConfiguration'],
        ...['ManageMasterUserPassword', 'MasterUserSecretKmsKeyId'],
      ],
      inert: { ApplyImmediately: 'nothing here waits for a window of maintenance' },
      access: ({ DBClusterIdentifier }: ModifyClusterInput) => [onCluster('ModifyDBCluster', DBClusterIdentifier)],
      handle: (input: ModifyClusterInput, { principal }) =>
        present(modify(clusters, clusters.get(input.DBClusterIdentifier), input, principal)),
    }),
    EnableHttpEndpoint: operation({
      uses: ['ResourceArn'],
      access: ({ ResourceArn: arn }: OnResource) => [onCluster('EnableHttpEndpoint', idOf(arn))],
      handle({ ResourceArn }: OnResource) {
        const cluster = clusters.find(idOf(ResourceArn));
        if (cluster === undefined) throw new AwsError('ResourceNotFoundFault', `${ResourceArn} not found`, 404);
        if (cluster.status !== 'available')
          throw new AwsError('InvalidResourceStateFault', `Cluster ${cluster.id} is in ${cluster.status} state`);
        clusters.change(cluster, { dataApi: true });
        return { ResourceArn, HttpEndpointEnabled: true };
      },
    }),
    DeleteDBCluster: operation({
      uses: ['DBClusterIdentifier', 'SkipFinalSnapshot', 'FinalDBSnapshotIdentifier'],
      access({ DBClusterIdentifier: id, FinalDBSnapshotIdentifier: snapshot }: DeleteClusterInput): readonly Access[] {
        const copy = { action: 'rds:DeleteDBCluster', resource: rdsArn('cluster-snapshot', snapshot ?? '') };
        return [onCluster('DeleteDBCluster', id), ...(snapshot === undefined ? [] : [copy])];
      },
      handle: (input: DeleteClusterInput) => present(remove(clusters, input)),
    }),
  };
}

export function newResourceId(): string {
  return `cluster-${randomBytes(13).toString('hex').toUpperCase()}`;
}

/** The name in a cluster's ARN. */
function idOf(arn: string): string {
  return arn.split(':').at(-1) ?? '';
}

function remove(clusters: Clusters, input: DeleteClusterInput): Cluster {
  const { DBClusterIdentifier: id, SkipFinalSnapshot = false, FinalDBSnapshotIdentifier: copy } = input;
  const cluster = clusters.get(id);
  if (cluster.deletionProtection)
    throw new AwsError(
      'InvalidParameterCombination',
      'Cannot delete protected Cluster, please disable deletion protection and try again.',
    );
  if (cluster.status !== 'available' && cluster.status !== 'failed')
    throw new AwsError('InvalidDBClusterStateFault', `Cluster ${id} is in ${cluster.status} state`);
  if (SkipFinalSnapshot === (copy !== undefined))
    throw new AwsError(
      'InvalidParameterCombination',
      'FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.',
    );
  if (clusters.members(id).some(({ isGoing = false }) => !isGoing))
    throw new AwsError(
      'InvalidDBClusterStateFault',
      'Cluster cannot be deleted, it still contains DB instances in non-deleting state.',
    );
  return clusters.remove(cluster, copy);
}

function modify(clusters: Clusters, cluster: Cluster, input: ModifyClusterInput, principal: Principal): Cluster {
  const { BackupRetentionPeriod: backupDays = cluster.backupDays, DeletionProtection: isKept } = input;
  if (backupDays < RETENTION.least || backupDays > RETENTION.most)
    throw new AwsError('InvalidParameterValue', `Invalid backup retention period: ${backupDays}.`);
  const changed = clusters.change(cluster, {
    backupDays,
    deletionProtection: isKept ?? cluster.deletionProtection,
    capacity: input.ServerlessV2ScalingConfiguration ?? cluster.capacity,
  });
  if (input.ManageMasterUserPassword !== true || cluster.masterSecret !== undefined) return changed;
  const { MasterUserSecretKmsKeyId: key } = input;
  if (cluster.status !== 'available')
    throw new AwsError('InvalidDBClusterStateFault', `Cluster ${cluster.id} is in ${cluster.status} state`);
  if (key === undefined) throw notPlayed('ManageMasterUserPassword without MasterUserSecretKmsKeyId');
  return clusters.manageMaster(changed, key, principal);
}

function wanted(input: CreateClusterInput): Wanted {
  const { DatabaseName: database, MasterUsername: master, MasterUserSecretKmsKeyId: secretKey, KmsKeyId: key } = input;
  const { DBSubnetGroupName: subnetGroup, DBClusterParameterGroupName: parameterGroup } = input;
  if (input.ManageMasterUserPassword !== true || database === undefined || master === undefined)
    throw notPlayed('a cluster without DatabaseName, MasterUsername and ManageMasterUserPassword');
  if (input.StorageEncrypted !== true || key === undefined || secretKey === undefined)
    throw notPlayed('a cluster without StorageEncrypted and keys');
  if (subnetGroup === undefined || parameterGroup === undefined || input.ServerlessV2ScalingConfiguration === undefined)
    throw notPlayed(
      'a cluster without DBSubnetGroupName, DBClusterParameterGroupName and ServerlessV2ScalingConfiguration',
    );
  return {
    id: input.DBClusterIdentifier.toLowerCase(),
    resourceId: newResourceId(),
    engine: input.Engine,
    engineVersion: input.EngineVersion,
    ...{ database, master, secretKey, key, subnetGroup, parameterGroup },
    securityGroups: input.VpcSecurityGroupIds ?? [],
    capacity: input.ServerlessV2ScalingConfiguration,
    backupDays: input.BackupRetentionPeriod ?? 1,
    deletionProtection: input.DeletionProtection ?? false,
    dataApi: input.EnableHttpEndpoint ?? false,
    tags: tagsOf(input.Tags),
    createdAt: Date.now() / 1000,
  };
}
