import { ACCOUNT, type Kernel, REGION } from '../../kernel/kernel.ts';
import type { Collection } from '../../kernel/store.ts';
import type { Tags } from '../../kernel/tags.ts';
import type { Origin } from './servers.ts';

/** The record of a DB cluster. */
export interface Cluster {
  readonly id: string;
  readonly resourceId: string;
  readonly engine: string;
  /** In full: `18.4`. */
  readonly engineVersion: string;
  readonly database: string;
  readonly master: string;
  /** Set if RDS keeps the master password: the secret, and the key that encrypts it. */
  readonly masterSecret?: string;
  readonly secretKey?: string;
  readonly key: string;
  readonly subnetGroup: string;
  readonly parameterGroup: string;
  readonly securityGroups: readonly string[];
  readonly capacity: Readonly<Record<string, number>>;
  readonly backupDays: number;
  readonly deletionProtection: boolean;
  readonly dataApi: boolean;
  readonly tags: Tags;
  /** The server's port on 127.0.0.1: a released port, the same at each start. */
  readonly port: number;
  readonly status: 'creating' | 'available' | 'resetting-master-credentials' | 'deleting' | 'failed';
  /** The origin of the data, if the cluster did not start empty. */
  readonly origin?: Origin;
  /** The snapshot to make before the cluster is removed. */
  readonly finalSnapshot?: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
}

export interface Instance {
  readonly id: string;
  readonly cluster: string;
  readonly class: string;
  readonly engine: string;
  readonly tags: Tags;
  /** True while the cluster is being deleted; the snapshot goes with it. */
  readonly isGoing?: boolean;
  readonly createdAt: number;
}

export interface Snapshot {
  readonly id: string;
  /** The cluster as it was. */
  readonly cluster: Cluster;
  readonly status: 'creating' | 'available' | 'failed';
  readonly gigabytes?: number;
  readonly tags: Tags;
  readonly createdAt: number;
}

/** A cluster as a caller requests it. */
export type Wanted = Omit<Cluster, 'port' | 'status' | 'masterSecret' | 'engineVersion' | 'finalSnapshot'> & {
  readonly engineVersion?: string | undefined;
};

/** The records of clusters, instances and snapshots, by id. */
export interface Records {
  readonly clusters: Collection<Cluster>;
  readonly instances: Collection<Instance>;
  readonly snapshots: Collection<Snapshot>;
}

export function openRecords({ store }: Kernel): Records {
  return {
    clusters: store.collection('rds.clusters'),
    instances: store.collection('rds.instances'),
    snapshots: store.collection('rds.snapshots'),
  };
}

/** The instances of a cluster. */
export function membersOf({ instances }: Pick<Records, 'instances'>, cluster: string): Instance[] {
  return instances.entries().flatMap(([, each]) => (each.cluster === cluster ? each : []));
}

/** The ARN of a thing of RDS: `cluster`, `db`, `cluster-snapshot`, `subgrp`, `cluster-pg`. */
export function rdsArn(kind: string, id: string): string {
  return `arn:aws:rds:${REGION}:${ACCOUNT}:${kind}:${id}`;
}

const listOf = (tags: Tags) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** The moments that a cluster can be restored to, in seconds since 1970. */
export interface Restorable {
  readonly earliest: number;
  readonly latest: number;
}

export function presentCluster(cluster: Cluster, members: readonly Instance[], restorable?: Restorable) {
  const { masterSecret: SecretArn, secretKey: KmsKeyId } = cluster;
  return {
    DBClusterIdentifier: cluster.id,
    DBClusterArn: rdsArn('cluster', cluster.id),
    DbClusterResourceId: cluster.resourceId,
    Status: cluster.status,
    Engine: cluster.engine,
    EngineVersion: cluster.engineVersion,
    EngineMode: 'provisioned',
    DatabaseName: cluster.database,
    MasterUsername: cluster.master,
    ...(SecretArn !== undefined && { MasterUserSecret: { SecretArn, SecretStatus: 'active', KmsKeyId } }),
    Endpoint: '127.0.0.1',
    Port: cluster.port,
    DBSubnetGroup: cluster.subnetGroup,
    DBClusterParameterGroup: cluster.parameterGroup,
    VpcSecurityGroups: cluster.securityGroups.map((VpcSecurityGroupId) => ({ VpcSecurityGroupId, Status: 'active' })),
    ServerlessV2ScalingConfiguration: cluster.capacity,
    StorageEncrypted: true,
    KmsKeyId: cluster.key,
    BackupRetentionPeriod: cluster.backupDays,
    ...(restorable && { EarliestRestorableTime: restorable.earliest, LatestRestorableTime: restorable.latest }),
    DeletionProtection: cluster.deletionProtection,
    HttpEndpointEnabled: cluster.dataApi,
    DBClusterMembers: members.map(({ id }) => ({ DBInstanceIdentifier: id, IsClusterWriter: true })),
    ClusterCreateTime: cluster.createdAt,
    TagList: listOf(cluster.tags),
  };
}

export function presentInstance(instance: Instance, { status, port, engineVersion }: Cluster) {
  return {
    DBInstanceIdentifier: instance.id,
    DBInstanceArn: rdsArn('db', instance.id),
    DBClusterIdentifier: instance.cluster,
    DBInstanceClass: instance.class,
    DBInstanceStatus: instance.isGoing ? 'deleting' : status,
    Engine: instance.engine,
    EngineVersion: engineVersion,
    PubliclyAccessible: false,
    StorageEncrypted: true,
    Endpoint: { Address: '127.0.0.1', Port: port },
    InstanceCreateTime: instance.createdAt,
    TagList: listOf(instance.tags),
  };
}

export function presentSnapshot({ id, cluster, status, gigabytes = 1, tags, createdAt }: Snapshot) {
  return {
    DBClusterSnapshotIdentifier: id,
    DBClusterSnapshotArn: rdsArn('cluster-snapshot', id),
    DBClusterIdentifier: cluster.id,
    Status: status,
    Engine: cluster.engine,
    EngineVersion: cluster.engineVersion,
    MasterUsername: cluster.master,
    SnapshotType: 'manual',
    AllocatedStorage: gigabytes,
    PercentProgress: status === 'available' ? 100 : 0,
    StorageEncrypted: true,
    KmsKeyId: cluster.key,
    SnapshotCreateTime: createdAt,
    ClusterCreateTime: cluster.createdAt,
    TagList: listOf(tags),
  };
}
