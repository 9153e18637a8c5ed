import {
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  type DBCluster,
  type DBInstance,
  DeleteDBClusterCommand,
  DeleteDBInstanceCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  EnableHttpEndpointCommand,
  ModifyDBClusterCommand,
} from '@aws-sdk/client-rds';
import { ask, rds, tagList, unless } from './rds-calls.ts';

/** In capacity units of 2 GiB. */
export interface Capacity {
  readonly min: number;
  readonly max: number;
}

/** What every cluster of a stage has, however it is made. */
export interface ClusterFrame {
  readonly id: string;
  readonly engine: string;
  readonly capacity: Capacity;
  readonly port: number;
  /** For how many days a moment can be restored. */
  readonly backupDays: number;
  readonly subnetGroup: string;
  readonly parameterGroup: string;
  readonly securityGroup: string;
  readonly key: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface NewCluster extends ClusterFrame {
  readonly engineVersion: string;
  readonly database: string;
}

/** Seconds without a connection after which a cluster with a minimum of 0 pauses. */
const PAUSE_AFTER_SECONDS = 300;

/** The one instance of a cluster. */
export const instanceOf = (id: string) => `${id}-1`;

/**
 * Makes a cluster with one serverless instance. RDS makes and keeps the master user's password; SQL reaches the cluster
 * through the Data API. Existing parts stay unchanged.
 */
export async function createCluster(cluster: NewCluster): Promise<void> {
  await unless('DBClusterAlreadyExistsFault', () =>
    rds.send(
      new CreateDBClusterCommand({
        ...frameOf(cluster),
        Engine: cluster.engine,
        EngineVersion: cluster.engineVersion,
        DatabaseName: cluster.database,
        MasterUsername: 'gantry_master',
        ManageMasterUserPassword: true,
        MasterUserSecretKmsKeyId: cluster.key,
        StorageEncrypted: true,
        EnableHttpEndpoint: true,
      }),
    ),
  );
  await createInstance(cluster);
}

/** The members of a request that every new cluster has. */
export function frameOf(cluster: ClusterFrame) {
  return {
    DBClusterIdentifier: cluster.id,
    DBSubnetGroupName: cluster.subnetGroup,
    DBClusterParameterGroupName: cluster.parameterGroup,
    VpcSecurityGroupIds: [cluster.securityGroup],
    KmsKeyId: cluster.key,
    ServerlessV2ScalingConfiguration: scaling(cluster.capacity),
    Port: cluster.port,
    BackupRetentionPeriod: cluster.backupDays,
    CopyTagsToSnapshot: true,
    DeletionProtection: true,
    Tags: tagList(cluster.tags),
  };
}

function scaling({ min, max }: Capacity) {
  return {
    MinCapacity: min,
    MaxCapacity: max,
    ...(min === 0 && { SecondsUntilAutoPause: PAUSE_AFTER_SECONDS }),
  };
}

/** Makes the one instance of a cluster. An existing instance stays unchanged. */
export async function createInstance({ id, engine, tags }: ClusterFrame): Promise<void> {
  await unless('DBInstanceAlreadyExistsFault', () =>
    rds.send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: instanceOf(id),
        DBClusterIdentifier: id,
        DBInstanceClass: 'db.serverless',
        Engine: engine,
        PubliclyAccessible: false,
        Tags: tagList(tags),
      }),
    ),
  );
}

/** Changes how much a cluster may use, and for how many days a moment can be restored. */
export async function changeCluster(id: string, capacity: Capacity, backupDays: number): Promise<void> {
  const command = new ModifyDBClusterCommand({
    DBClusterIdentifier: id,
    ServerlessV2ScalingConfiguration: scaling(capacity),
    BackupRetentionPeriod: backupDays,
    ApplyImmediately: true,
  });
  await ask(() => rds.send(command));
}

/** Has RDS keep the master user's password of a restored cluster, and lets SQL reach the cluster by the Data API. Ask again until both are so. */
export async function adoptCluster(id: string, key: string): Promise<void> {
  const cluster = await findCluster(id);
  if (cluster?.HttpEndpointEnabled !== true) {
    const command = new EnableHttpEndpointCommand({ ResourceArn: cluster?.DBClusterArn ?? '' });
    await ask(() => rds.send(command));
  }
  if (cluster?.MasterUserSecret !== undefined) return;
  const command = new ModifyDBClusterCommand({
    DBClusterIdentifier: id,
    ManageMasterUserPassword: true,
    MasterUserSecretKmsKeyId: key,
    ApplyImmediately: true,
  });
  await ask(() => rds.send(command));
}

/** A cluster with its instance, as RDS describes them now. */
export interface ClusterState {
  /** `available` once both are. */
  readonly status: string;
  readonly arn: string;
  readonly host: string;
  readonly port: number;
  /** The secret with the master user's password; empty where RDS does not keep it. */
  readonly masterSecret: string;
  /** Whether SQL reaches it by the Data API. */
  readonly hasDataApi: boolean;
  /** The moments to which the cluster can be restored; undefined if there are none yet. */
  readonly restorable?: { readonly earliest: Date; readonly latest: Date };
}

/** Whether a cluster was restored, and nobody has adopted it yet. */
export function isBare({ masterSecret, hasDataApi }: ClusterState): boolean {
  return masterSecret === '' || !hasDataApi;
}

/** The state of a cluster; undefined if there is none. */
export async function describeCluster(id: string): Promise<ClusterState | undefined> {
  const [cluster, instance] = await Promise.all([findCluster(id), findInstance(id)]);
  if (cluster === undefined) return undefined;
  const secretIs = cluster.MasterUserSecret?.SecretStatus ?? 'active';
  const statuses = [
    cluster.Status,
    instance?.DBInstanceStatus ?? 'creating',
    secretIs === 'active' ? 'available' : 'creating',
  ];
  const { EarliestRestorableTime: earliest, LatestRestorableTime: latest } = cluster;
  return {
    status: statuses.find((status) => status !== 'available') ?? 'available',
    arn: cluster.DBClusterArn ?? '',
    host: cluster.Endpoint ?? '',
    port: cluster.Port ?? 0,
    masterSecret: cluster.MasterUserSecret?.SecretArn ?? '',
    hasDataApi: cluster.HttpEndpointEnabled ?? false,
    ...(earliest && latest && { restorable: { earliest, latest } }),
  };
}

async function findCluster(id: string): Promise<DBCluster | undefined> {
  const command = new DescribeDBClustersCommand({ DBClusterIdentifier: id });
  const answer = await unless('DBClusterNotFoundFault', () => rds.send(command));
  return answer?.DBClusters?.[0];
}

async function findInstance(id: string): Promise<DBInstance | undefined> {
  const command = new DescribeDBInstancesCommand({ DBInstanceIdentifier: instanceOf(id) });
  const answer = await unless('DBInstanceNotFoundFault', () => rds.send(command));
  return answer?.DBInstances?.[0];
}

/**
 * Requests the removal of a cluster and its instance, after a final snapshot if one is named. Returns whether both are
 * gone. Call it again until they are.
 */
export async function removeCluster(id: string, finalSnapshot: string | undefined): Promise<boolean> {
  const [cluster, instance] = await Promise.all([findCluster(id), findInstance(id)]);
  if (cluster === undefined && instance === undefined) return true;
  if (instance !== undefined && instance.DBInstanceStatus !== 'deleting') {
    const command = new DeleteDBInstanceCommand({ DBInstanceIdentifier: instanceOf(id) });
    await unless('DBInstanceNotFoundFault', () => rds.send(command));
  }
  if (cluster === undefined || cluster.Status === 'deleting') return false;
  if (cluster.DeletionProtection) {
    const command = new ModifyDBClusterCommand({ DBClusterIdentifier: id, DeletionProtection: false });
    await unless('DBClusterNotFoundFault', () => rds.send(command));
  }
  const command = new DeleteDBClusterCommand({
    DBClusterIdentifier: id,
    SkipFinalSnapshot: finalSnapshot === undefined,
    ...(finalSnapshot !== undefined && { FinalDBSnapshotIdentifier: finalSnapshot }),
  });
  await unless('DBClusterNotFoundFault', () => rds.send(command));
  return false;
}
