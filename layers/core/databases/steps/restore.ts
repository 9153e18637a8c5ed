import { type ClusterSource, restoreCluster } from '@gantry/cloud/rds-restores.ts';
import type { Origin } from '../../records/databases.ts';
import { frameOf } from '../frame.ts';
import { clusterName } from '../place.ts';
import { beginStep } from '../writes.ts';
import { creating, type Target } from './input.ts';

/** Asks RDS for a server with the data of a backup or of another database. Throws Conflict when that source was deleted meanwhile. */
export async function restore(target: Target): Promise<void> {
  const database = await creating(target);
  const { id, origin } = database;
  if (origin === undefined) throw new Error(`${id} is restored from nothing`);
  await beginStep(database, 'server');
  await restoreCluster(frameOf(database), sourceOf(origin));
}

function sourceOf(origin: Origin): ClusterSource {
  if (origin.kind === 'backup') return { snapshot: origin.snapshot };
  const cluster = clusterName(origin.databaseId);
  return origin.kind === 'clone' ? { cluster } : { cluster, at: new Date(origin.at) };
}
