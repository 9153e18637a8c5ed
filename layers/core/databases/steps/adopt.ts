import { setTimeout as sleep } from 'node:timers/promises';
import { environment } from '@gantry/cloud/environment.ts';
import { adoptCluster, describeCluster, isBare } from '@gantry/cloud/rds.ts';
import { clusterName } from '../place.ts';
import { creating, type Target } from './input.ts';

const WATCH_MS = 8_000;
const POLL_MS = 250;

/** Has RDS keep a new password of a restored server's master user, and opens the Data API. Waits a moment until RDS shows both. */
export async function adopt(target: Target): Promise<void> {
  const { id } = await creating(target);
  const cluster = clusterName(id);
  await adoptCluster(cluster, environment('DATABASES_KEY'));
  for (const end = Date.now() + WATCH_MS; Date.now() < end; await sleep(POLL_MS)) {
    const state = await describeCluster(cluster);
    if (state !== undefined && !isBare(state)) return;
  }
}
