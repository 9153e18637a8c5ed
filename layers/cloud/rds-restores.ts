import { RestoreDBClusterFromSnapshotCommand, RestoreDBClusterToPointInTimeCommand } from '@aws-sdk/client-rds';
import { type ClusterFrame, createInstance, frameOf } from './rds.ts';
import { rds, unless } from './rds-calls.ts';

/** The origin of a new cluster's data: a snapshot, or another cluster as it is now or was at a moment. */
export type ClusterSource =
  | { readonly snapshot: string }
  | { readonly cluster: string; readonly at: Date }
  | { readonly cluster: string; readonly at?: undefined };

/**
 * Makes a cluster with the data of a source, and its one instance. Existing parts stay unchanged. Aurora shares the
 * blocks of a source as it is now, and copies blocks that one of the two changes. Throws Conflict if the snapshot is
 * gone, Invalid if the moment cannot be restored.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Managing.Clone.html
 */
export async function restoreCluster(frame: ClusterFrame, source: ClusterSource): Promise<void> {
  await unless('DBClusterAlreadyExistsFault', () => send(frame, source));
  await createInstance(frame);
}

async function send(frame: ClusterFrame, source: ClusterSource): Promise<void> {
  const common = frameOf(frame);
  if ('snapshot' in source) {
    const { snapshot: SnapshotIdentifier } = source;
    const command = new RestoreDBClusterFromSnapshotCommand({ ...common, SnapshotIdentifier, Engine: frame.engine });
    await rds.send(command);
    return;
  }
  const { cluster: SourceDBClusterIdentifier, at } = source;
  const moment =
    at === undefined
      ? { RestoreType: 'copy-on-write', UseLatestRestorableTime: true }
      : { RestoreType: 'full-copy', RestoreToTime: at };
  await rds.send(new RestoreDBClusterToPointInTimeCommand({ ...common, SourceDBClusterIdentifier, ...moment }));
}
