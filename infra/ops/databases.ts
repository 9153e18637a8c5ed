import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteSecurityGroupCommand, DescribeSecurityGroupsCommand, type EC2Client } from '@aws-sdk/client-ec2';
import {
  DeleteDBClusterCommand,
  DeleteDBClusterSnapshotCommand,
  DeleteDBInstanceCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBClustersCommand,
  ModifyDBClusterCommand,
  type RDSClient,
  type Tag,
} from '@aws-sdk/client-rds';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { forgetSecret } from './removal.ts';

/**
 * The first pause between two checks; later pauses are longer. Aurora needs minutes, and each check lists everything
 * again. In milliseconds.
 */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;
/** How long a removal may take. Aurora deletes instances first, which takes some minutes. */
const REMOVAL_MS = 30 * 60_000;

/** The tags on resources that were made at run time: the stage, and the database. */
const STAGE = 'gantry:stage';
const DATABASE = 'gantry:database';

export interface DatabaseClients {
  readonly rds: RDSClient;
  readonly ec2: EC2Client;
  readonly secrets: SecretsManagerClient;
}

/** The resources of a stage's databases. All are made at run time, so no stack knows them. */
export interface Databases {
  readonly clusters: readonly { readonly id: string; readonly instances: readonly string[] }[];
  readonly snapshots: readonly string[];
  readonly groups: readonly string[];
  /**
   * The names of the secrets with the first passwords of apps. A rotation makes a second secret, whose name extends the
   * first one's.
   */
  readonly secrets: readonly string[];
}

/** Finds databases by the tag of the stage, so that no other stage's databases are included. */
export async function databasesOf({ rds, ec2 }: DatabaseClients, stage: string): Promise<Databases> {
  const [clusters, snapshots, groups] = await Promise.all([
    clustersOf(rds, stage),
    snapshotsOf(rds, stage),
    groupsOf(ec2, stage),
  ]);
  const ids = [...clusters, ...snapshots, ...groups].flatMap(({ database }) => database ?? []);
  return {
    clusters: clusters.map(({ id, instances }) => ({ id, instances })),
    snapshots: snapshots.map(({ id }) => id),
    groups: groups.map(({ id }) => id),
    secrets: [...new Set(ids)].sort().map((id) => `gantry-${stage}/databases/${id}`),
  };
}

/**
 * Removes clusters with their instances and without a final snapshot, then snapshots and the passwords of apps.
 * Disables deletion protection. Repeats until all are gone, because a cluster that is being made or changed refuses.
 * Throws after half an hour. A second call does no harm.
 */
export async function removeDatabases(
  clients: DatabaseClients,
  stage: string,
  found: Databases,
  removed: (what: string) => void,
): Promise<void> {
  const { rds, secrets } = clients;
  const until = Date.now() + REMOVAL_MS;
  let pauseMs = FIRST_PAUSE_MS;
  for (let left = found; left.clusters.length + left.snapshots.length > 0; ) {
    for (const cluster of left.clusters) await removeCluster(rds, cluster);
    for (const id of left.snapshots)
      await asked(() => rds.send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: id })));
    if (Date.now() > until)
      throw new Error(
        `${[...left.clusters.map(({ id }) => id), ...left.snapshots].join(', ')} still exist; run this command again later`,
      );
    await sleep(pauseMs);
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    left = await databasesOf(clients, stage);
  }
  for (const { id } of found.clusters) removed(`database server ${id}`);
  for (const id of found.snapshots) removed(`snapshot ${id}`);
  for (const name of found.secrets.flatMap((first) => [first, `${first}/app_b`]))
    await asked(() => forgetSecret(secrets, name));
}

async function removeCluster(rds: RDSClient, { id, instances }: Databases['clusters'][number]): Promise<void> {
  await asked(() => rds.send(new ModifyDBClusterCommand({ DBClusterIdentifier: id, DeletionProtection: false })));
  for (const instance of instances)
    await asked(() => rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: instance })));
  await asked(() => rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: id, SkipFinalSnapshot: true })));
}

/** Removes security groups. Returns the groups that are still in use, for example by an app's pod. */
export async function removeGroups(ec2: EC2Client, groups: readonly string[]): Promise<string[]> {
  const left: string[] = [];
  for (const GroupId of groups) {
    try {
      await asked(() => ec2.send(new DeleteSecurityGroupCommand({ GroupId })));
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'DependencyViolation') throw error;
      left.push(GroupId);
    }
  }
  return left;
}

/** Errors for resources that are gone, are being deleted, or cannot be removed in their present state. */
const LATER = /NotFound|^InvalidDB\w*State/;

async function asked(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof Error) || !LATER.test(error.name)) throw error;
  }
}

interface Tagged {
  readonly id: string;
  readonly database: string | undefined;
}

/** The database that a tagged resource belongs to. Undefined without the stage's tag. */
function taggedFor(stage: string, id: string | undefined, tags: readonly Tag[] = []): Tagged | undefined {
  const tagged = (name: string) => tags.find(({ Key }) => Key === name)?.Value;
  return id === undefined || tagged(STAGE) !== stage ? undefined : { id, database: tagged(DATABASE) };
}

async function clustersOf(rds: RDSClient, stage: string) {
  const found: (Tagged & { readonly instances: readonly string[] })[] = [];
  let Marker: string | undefined;
  do {
    const page = await rds.send(new DescribeDBClustersCommand({ ...(Marker && { Marker }) }));
    for (const { DBClusterIdentifier, TagList, DBClusterMembers = [] } of page.DBClusters ?? []) {
      const cluster = taggedFor(stage, DBClusterIdentifier, TagList);
      const instances = DBClusterMembers.flatMap(({ DBInstanceIdentifier }) => DBInstanceIdentifier ?? []);
      if (cluster) found.push({ ...cluster, instances });
    }
    Marker = page.Marker;
  } while (Marker !== undefined);
  return found;
}

/** Snapshots that people or the platform made. RDS deletes its automatic snapshots with their cluster. */
async function snapshotsOf(rds: RDSClient, stage: string): Promise<Tagged[]> {
  const found: Tagged[] = [];
  let Marker: string | undefined;
  do {
    const page = await rds.send(new DescribeDBClusterSnapshotsCommand({ ...(Marker && { Marker }) }));
    for (const { DBClusterSnapshotIdentifier, TagList, SnapshotType } of page.DBClusterSnapshots ?? []) {
      const snapshot = taggedFor(stage, DBClusterSnapshotIdentifier, TagList);
      if (snapshot && SnapshotType !== 'automated') found.push(snapshot);
    }
    Marker = page.Marker;
  } while (Marker !== undefined);
  return found;
}

async function groupsOf(ec2: EC2Client, stage: string): Promise<Tagged[]> {
  const Filters = [{ Name: `tag:${STAGE}`, Values: [stage] }];
  const found: Tagged[] = [];
  let NextToken: string | undefined;
  do {
    const page = await ec2.send(new DescribeSecurityGroupsCommand({ Filters, ...(NextToken && { NextToken }) }));
    found.push(...(page.SecurityGroups ?? []).flatMap(({ GroupId, Tags }) => taggedFor(stage, GroupId, Tags) ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found;
}
