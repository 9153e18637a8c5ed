import { describeCluster, isBare } from '@gantry/cloud/rds.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { clusterName } from '../place.ts';
import { watch } from '../watch.ts';
import { beginStep } from '../writes.ts';
import { creating, type Target } from './input.ts';

/** A server that does not exist after this time never will: RDS needs 15 minutes at most. In milliseconds. */
const LATEST_MS = 60 * 60_000;

/**
 * Waits a moment for the server, and returns its state. A restored server is `bare` until step `Adopt`. Throws when the server failed, or took too
 * long.
 */
export async function available(target: Target): Promise<{ server: 'awaited' | 'bare' | 'available' }> {
  const database = await creating(target);
  await beginStep(database, 'available');
  const server = await watch(async () => {
    const cluster = await describeCluster(clusterName(database.id));
    if (cluster?.status === 'available') return isBare(cluster) ? 'bare' : 'available';
    if (cluster?.status === 'failed' || cluster?.status.startsWith('incompatible') === true)
      throw new GantryError('ReleaseFailed', `Amazon RDS could not make the server: it is ${cluster.status}.`);
    if (Date.now() - Date.parse(database.createdAt) > LATEST_MS)
      throw new GantryError('ReleaseFailed', 'The server did not exist after an hour.');
    return undefined;
  });
  return { server: server ?? 'awaited' };
}
