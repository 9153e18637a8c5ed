import { randomBytes } from 'node:crypto';
import type { Access } from '../../kernel/access.ts';
import { type AnyOperation, AwsError } from '../../kernel/service.ts';
import { requestTags, resourceTags, type Tags } from '../../kernel/tags.ts';
import { operation } from '../../wire/operation.ts';
import type { Clusters } from './clusters.ts';
import { type Cluster, type Instance, presentCluster, presentInstance, rdsArn, type Wanted } from './records.ts';

type GivenTags = readonly { readonly Key?: string; readonly Value?: string }[];

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

interface CreateInstanceInput {
  readonly DBInstanceIdentifier: string;
  readonly DBClusterIdentifier?: string;
  readonly DBInstanceClass: string;
  readonly Engine: string;
  readonly Tags?: GivenTags;
}

interface OnCluster {
  readonly DBClusterIdentifier: string;
}

interface OnInstance {
  readonly DBInstanceIdentifier: string;
}

interface DeleteClusterInput extends OnCluster {
  readonly SkipFinalSnapshot?: boolean;
  readonly FinalDBSnapshotIdentifier?: string;
}

interface ModifyClusterInput extends OnCluster {
  readonly DeletionProtection?: boolean;
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html */
const IDENTIFIER = /^[a-zA-Z](?!.*--)[a-zA-Z0-9-]{0,61}[a-zA-Z0-9]$/;

/** RDS's operations that the product calls. */
export function createOperations(clusters: Clusters): Readonly<Record<string, AnyOperation>> {
  return { ...clusterOperations(clusters), ...instanceOperations(clusters) };
}

function clusterOperations(clusters: Clusters): Readonly<Record<string, AnyOperation>> {
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
        CopyTagsToSnapshot: 'no policy of the platform looks at a snapshot by its tags',
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
      async handle(input: CreateClusterInput, { principal }) {
        checkIdentifier(input.DBClusterIdentifier, 'DBClusterIdentifier');
        return present(await clusters.create(wanted(input), principal));
      },
    }),
    DescribeDBClusters: operation({
      uses: ['DBClusterIdentifier'],
      access: ({ DBClusterIdentifier: id = '*' }: Partial<OnCluster>) => [onCluster('DescribeDBClusters', id)],
      handle({ DBClusterIdentifier: id }: Partial<OnCluster>) {
        const found = id === undefined ? clusters.all() : [clusters.get(id)];
        return { DBClusters: found.map((cluster) => presentCluster(cluster, clusters.members(cluster.id))) };
      },
    }),
    ModifyDBCluster: operation({
      uses: ['DBClusterIdentifier', 'DeletionProtection'],
      access: ({ DBClusterIdentifier }: ModifyClusterInput) => [onCluster('ModifyDBCluster', DBClusterIdentifier)],
      handle({ DBClusterIdentifier: id, DeletionProtection }: ModifyClusterInput) {
        const cluster = clusters.get(id);
        return present(
          clusters.change(cluster, { deletionProtection: DeletionProtection ?? cluster.deletionProtection }),
        );
      },
    }),
    DeleteDBCluster: operation({
      uses: ['DBClusterIdentifier', 'SkipFinalSnapshot', 'FinalDBSnapshotIdentifier'],
      access({ DBClusterIdentifier: id, FinalDBSnapshotIdentifier: snapshot }: DeleteClusterInput): readonly Access[] {
        const copy = { action: 'rds:DeleteDBCluster', resource: rdsArn('cluster-snapshot', snapshot ?? '') };
        return [onCluster('DeleteDBCluster', id), ...(snapshot === undefined ? [] : [copy])];
      },
      handle({
        DBClusterIdentifier: id,
        SkipFinalSnapshot = false,
        FinalDBSnapshotIdentifier: copy,
      }: DeleteClusterInput) {
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
        return present(clusters.remove(cluster, copy));
      },
    }),
  };
}

function instanceOperations(clusters: Clusters): Readonly<Record<string, AnyOperation>> {
  const onInstance = (action: string, id: string): Access => ({
    action: `rds:${action}`,
    resource: rdsArn('db', id),
    context: resourceTags(clusters.instance(id)?.tags),
  });
  const present = (instance: Instance) => presentInstance(instance, clusters.get(instance.cluster));
  return {
    CreateDBInstance: operation({
      uses: ['DBInstanceIdentifier', 'DBClusterIdentifier', 'DBInstanceClass', 'Engine', 'Tags'],
      inert: { PubliclyAccessible: 'all of this machine is loopback, which nobody outside reaches' },
      access(input: CreateInstanceInput): readonly Access[] {
        const context = requestTags(tagsOf(input.Tags));
        const [db, cluster] = [
          rdsArn('db', input.DBInstanceIdentifier),
          rdsArn('cluster', input.DBClusterIdentifier ?? ''),
        ];
        return [
          { action: 'rds:CreateDBInstance', resource: db, context },
          { action: 'rds:CreateDBInstance', resource: cluster, context },
          { action: 'rds:AddTagsToResource', resource: db, context },
        ];
      },
      handle(input: CreateInstanceInput) {
        checkIdentifier(input.DBInstanceIdentifier, 'DBInstanceIdentifier');
        const { DBInstanceIdentifier: id, DBClusterIdentifier: cluster, DBInstanceClass: size, Engine: engine } = input;
        if (cluster === undefined)
          throw new AwsError('InvalidParameterValue', 'local cloud: only DB instances of a cluster are emulated');
        if (size !== 'db.serverless')
          throw new AwsError('InvalidParameterValue', `local cloud: DBInstanceClass ${size} is not emulated`);
        if (clusters.instance(id) !== undefined)
          throw new AwsError('DBInstanceAlreadyExistsFault', 'DB instance already exists');
        if (clusters.get(cluster).engine !== engine)
          throw new AwsError(
            'InvalidParameterCombination',
            'The engine name requested for your DB instance does not match the engine name of your DB cluster.',
          );
        return {
          DBInstance: present(
            clusters.addInstance({
              id,
              cluster,
              class: size,
              engine,
              tags: tagsOf(input.Tags),
              createdAt: Date.now() / 1000,
            }),
          ),
        };
      },
    }),
    DescribeDBInstances: operation({
      uses: ['DBInstanceIdentifier'],
      access: ({ DBInstanceIdentifier: id = '*' }: Partial<OnInstance>) => [onInstance('DescribeDBInstances', id)],
      handle({ DBInstanceIdentifier: id }: Partial<OnInstance>) {
        const found = id === undefined ? clusters.instances() : [existing(clusters, id)];
        return { DBInstances: found.map(present) };
      },
    }),
    DeleteDBInstance: operation({
      uses: ['DBInstanceIdentifier'],
      access: ({ DBInstanceIdentifier: id }: OnInstance) => [onInstance('DeleteDBInstance', id)],
      handle({ DBInstanceIdentifier: id }: OnInstance) {
        const instance = existing(clusters, id);
        if (instance.isGoing)
          throw new AwsError('InvalidDBInstanceStateFault', `Instance ${id} is already being deleted.`);
        clusters.removeInstance(instance);
        return { DBInstance: present({ ...instance, isGoing: true }) };
      },
    }),
  };
}

function existing(clusters: Clusters, id: string): Instance {
  const found = clusters.instance(id);
  if (found !== undefined) return found;
  throw new AwsError('DBInstanceNotFoundFault', `DBInstance ${id} not found.`, 404);
}

function wanted(input: CreateClusterInput): Wanted {
  const { DatabaseName: database, MasterUsername: master, MasterUserSecretKmsKeyId: secretKey, KmsKeyId: key } = input;
  const { DBSubnetGroupName: subnetGroup, DBClusterParameterGroupName: parameterGroup } = input;
  if (input.ManageMasterUserPassword !== true || database === undefined || master === undefined)
    throw new AwsError(
      'InvalidParameterValue',
      'local cloud: a cluster without DatabaseName, MasterUsername and ManageMasterUserPassword is not emulated',
    );
  if (input.StorageEncrypted !== true || key === undefined || secretKey === undefined)
    throw new AwsError(
      'InvalidParameterValue',
      'local cloud: a cluster without StorageEncrypted and keys is not emulated',
    );
  if (subnetGroup === undefined || parameterGroup === undefined || input.ServerlessV2ScalingConfiguration === undefined)
    throw new AwsError(
      'InvalidParameterValue',
      'local cloud: a cluster without DBSubnetGroupName, DBClusterParameterGroupName and ServerlessV2ScalingConfiguration is not emulated',
    );
  return {
    id: input.DBClusterIdentifier.toLowerCase(),
    resourceId: `cluster-${randomBytes(13).toString('hex').toUpperCase()}`,
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

function tagsOf(given: GivenTags = []): Tags {
  return Object.fromEntries(given.map(({ Key = '', Value = '' }) => [Key, Value]));
}

function checkIdentifier(id: string, parameter: string): void {
  if (IDENTIFIER.test(id)) return;
  throw new AwsError(
    'InvalidParameterValue',
    `The parameter ${parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.`,
  );
}
