import {
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  type DBCluster,
  type DBInstance,
  DeleteDBClusterCommand,
  DeleteDBInstanceCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  ModifyDBClusterCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { type ErrorKind, GantryError } from '@gantry/contract/errors.ts';
import { clientDefaults } from './client.ts';
import { available, awsErrorName } from './failures.ts';

/** RDS answers a creation after some seconds. */
const rds = new RDSClient({
  ...clientDefaults,
  requestHandler: { ...clientDefaults.requestHandler, requestTimeout: 20_000 },
});

/** Where a stage keeps its databases. */
interface DatabasePlace {
  readonly subnetGroup: string;
  readonly parameterGroup: string;
  readonly securityGroup: string;
  readonly key: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface NewCluster extends DatabasePlace {
  readonly id: string;
  readonly engine: string;
  readonly engineVersion: string;
  readonly database: string;
  /** In capacity units of 2 GiB. */
  readonly capacity: { readonly min: number; readonly max: number };
  readonly port: number;
  readonly backupDays: number;
}

/** Seconds without a connection after which a cluster with a minimum of 0 pauses. */
const PAUSE_AFTER_SECONDS = 300;

/** What RDS never takes, however often: its own words say why, and people read them. */
const REFUSALS: Readonly<Record<string, ErrorKind>> = {
  InvalidParameterCombination: 'Invalid',
  InvalidParameterValue: 'Invalid',
  DBClusterQuotaExceededFault: 'QuotaExceeded',
  InstanceQuotaExceeded: 'QuotaExceeded',
  StorageQuotaExceeded: 'QuotaExceeded',
};

/** The one instance of a cluster. */
const instanceOf = (id: string) => `${id}-1`;

/**
 * Makes a cluster with one serverless instance. RDS makes the master user's password and keeps it; SQL reaches the cluster by the Data API.
 * What is there already stays as it is.
 */
export async function createCluster(cluster: NewCluster): Promise<void> {
  const Tags = Object.entries(cluster.tags).map(([Key, Value]) => ({ Key, Value }));
  const { min, max } = cluster.capacity;
  await unless('DBClusterAlreadyExistsFault', () =>
    rds.send(
      new CreateDBClusterCommand({
        DBClusterIdentifier: cluster.id,
        Engine: cluster.engine,
        EngineVersion: cluster.engineVersion,
        DatabaseName: cluster.database,
        MasterUsername: 'gantry_master',
        ManageMasterUserPassword: true,
        MasterUserSecretKmsKeyId: cluster.key,
        DBSubnetGroupName: cluster.subnetGroup,
        DBClusterParameterGroupName: cluster.parameterGroup,
        VpcSecurityGroupIds: [cluster.securityGroup],
        StorageEncrypted: true,
        KmsKeyId: cluster.key,
        EnableHttpEndpoint: true,
        ServerlessV2ScalingConfiguration: {
          MinCapacity: min,
          MaxCapacity: max,
          ...(min === 0 && { SecondsUntilAutoPause: PAUSE_AFTER_SECONDS }),
        },
        Port: cluster.port,
        BackupRetentionPeriod: cluster.backupDays,
        CopyTagsToSnapshot: true,
        DeletionProtection: true,
        Tags,
      }),
    ),
  );
  await unless('DBInstanceAlreadyExistsFault', () =>
    rds.send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: instanceOf(cluster.id),
        DBClusterIdentifier: cluster.id,
        DBInstanceClass: 'db.serverless',
        Engine: cluster.engine,
        PubliclyAccessible: false,
        Tags,
      }),
    ),
  );
}

/** A cluster with its instance, as RDS describes them now. */
export interface ClusterState {
  /** `available` once both are. */
  readonly status: string;
  readonly arn: string;
  readonly host: string;
  readonly port: number;
  /** The secret with the master user's password. */
  readonly masterSecret: string;
}

/** Undefined where there is no such cluster. */
export async function describeCluster(id: string): Promise<ClusterState | undefined> {
  const [cluster, instance] = await Promise.all([findCluster(id), findInstance(id)]);
  if (cluster === undefined) return undefined;
  const secretIs = cluster.MasterUserSecret?.SecretStatus ?? 'active';
  const statuses = [
    cluster.Status,
    instance?.DBInstanceStatus ?? 'creating',
    secretIs === 'active' ? 'available' : 'creating',
  ];
  return {
    status: statuses.find((status) => status !== 'available') ?? 'available',
    arn: cluster.DBClusterArn ?? '',
    host: cluster.Endpoint ?? '',
    port: cluster.Port ?? 0,
    masterSecret: cluster.MasterUserSecret?.SecretArn ?? '',
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
 * Asks for the removal of a cluster and its instance, after a last snapshot where one is named. Answers whether both are gone; ask again until
 * they are.
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

/** What a call answers; undefined where it was refused with that error. */
async function unless<T>(refusal: string, call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await available('Amazon RDS', call);
  } catch (error) {
    if (awsErrorName(error) === refusal) return undefined;
    const kind = REFUSALS[awsErrorName(error)];
    if (kind !== undefined && error instanceof Error) throw new GantryError(kind, error.message, [], { cause: error });
    throw error;
  }
}
