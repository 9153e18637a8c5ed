import {
  CreateDBClusterSnapshotCommand,
  DeleteDBClusterSnapshotCommand,
  DescribeDBClusterSnapshotsCommand,
} from '@aws-sdk/client-rds';
import { rds, tagList, unless } from './rds-calls.ts';

/** A snapshot as RDS describes it now. */
export interface SnapshotState {
  readonly status: string;
  /** Whole GiB. */
  readonly gigabytes: number;
}

/**
 * Requests a snapshot of a cluster. An existing snapshot of that name stays unchanged. Throws Unavailable while the
 * cluster is busy.
 */
export async function createSnapshot(
  id: string,
  cluster: string,
  tags: Readonly<Record<string, string>>,
): Promise<void> {
  const command = new CreateDBClusterSnapshotCommand({
    DBClusterSnapshotIdentifier: id,
    DBClusterIdentifier: cluster,
    Tags: tagList(tags),
  });
  await unless('DBClusterSnapshotAlreadyExistsFault', () => rds.send(command));
}

/** The state of a snapshot; undefined if there is none. */
export async function describeSnapshot(id: string): Promise<SnapshotState | undefined> {
  const command = new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier: id });
  const answer = await unless('DBClusterSnapshotNotFoundFault', () => rds.send(command));
  const [snapshot] = answer?.DBClusterSnapshots ?? [];
  if (snapshot === undefined) return undefined;
  return { status: snapshot.Status ?? 'creating', gigabytes: snapshot.AllocatedStorage ?? 0 };
}

/**
 * Deletes a snapshot; harmless if it is gone. Reads it first: a policy lets the caller delete snapshots by their tags, and
 * a snapshot that is gone has none. Throws Unavailable while the snapshot is being made.
 */
export async function deleteSnapshot(id: string): Promise<void> {
  if ((await describeSnapshot(id)) === undefined) return;
  const command = new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: id });
  await unless('DBClusterSnapshotNotFoundFault', () => rds.send(command));
}
