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

/** Asks for a snapshot of a cluster. One of that name that is there already stays as it is. Throws Unavailable while the cluster is busy. */
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

/** Undefined where there is no such snapshot. */
export async function describeSnapshot(id: string): Promise<SnapshotState | undefined> {
  const command = new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier: id });
  const answer = await unless('DBClusterSnapshotNotFoundFault', () => rds.send(command));
  const [snapshot] = answer?.DBClusterSnapshots ?? [];
  if (snapshot === undefined) return undefined;
  return { status: snapshot.Status ?? 'creating', gigabytes: snapshot.AllocatedStorage ?? 0 };
}

/**
 * Removes a snapshot for good; harmless where it is gone. Looks first: a snapshot that is gone has no tags, and by these the caller may delete it.
 * Throws Unavailable while it is being made.
 */
export async function deleteSnapshot(id: string): Promise<void> {
  if ((await describeSnapshot(id)) === undefined) return;
  const command = new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: id });
  await unless('DBClusterSnapshotNotFoundFault', () => rds.send(command));
}
