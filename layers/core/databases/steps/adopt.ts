import { environment } from '@gantry/cloud/environment.ts';
import { adoptCluster, describeCluster, isBare } from '@gantry/cloud/rds.ts';
import { clusterName } from '../place.ts';
import { watch } from '../watch.ts';
import { creating, type Target } from './input.ts';

/** Has RDS keep a new password of a restored server's master user, and opens the Data API. Waits a moment until RDS shows both. */
export async function adopt(target: Target): Promise<void> {
  const { id } = await creating(target);
  const cluster = clusterName(id);
  await adoptCluster(cluster, environment('DATABASES_KEY'));
  await watch(async () => {
    const state = await describeCluster(cluster);
    return state === undefined || isBare(state) ? undefined : state;
  });
}
