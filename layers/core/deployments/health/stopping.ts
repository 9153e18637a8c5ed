import { environment } from '@gantry/cloud/environment.ts';
import { get } from '@gantry/cloud/kubernetes/objects.ts';
import type { Pod } from '@gantry/cloud/kubernetes/types.ts';
import { putEvents } from '@gantry/cloud/logs.ts';
import { SERVICE } from '@gantry/cluster/names.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import { platformStream } from '../../logs/lines.ts';
import { requestLook, type StopRequest } from './again.ts';

/** A replica is looked at this long before its kill, in milliseconds: afterwards it is gone. */
const BEFORE_MS = 1_000;
/** The longest grace of a replica, with room; an older request concerns nothing any more. */
const LONGEST_MS = 300_000;

/**
 * Writes into the app's log that a replica did not stop in time and is killed. The cluster has no event for that, and the replica is gone afterwards,
 * so the look comes just before its grace ends. Harmless when the replica stopped in time.
 */
export async function watchStop(request: StopRequest, now = Date.now()): Promise<void> {
  const { environmentId, replica } = request;
  const name = { apiVersion: 'v1', kind: 'Pod', namespace: toKubernetesName(environmentId), name: replica };
  const pod = await get<Pod>(name);
  const { deletionTimestamp, deletionGracePeriodSeconds: grace = 0, labels } = pod?.metadata ?? {};
  const serviceId = labels?.[SERVICE];
  const runs = pod?.status?.containerStatuses?.some(({ state }) => state?.running !== undefined);
  if (deletionTimestamp === undefined || serviceId === undefined || !runs) return;
  const killedAt = new Date(deletionTimestamp).getTime();
  const waitMs = killedAt - BEFORE_MS - now;
  if (waitMs > LONGEST_MS) return;
  if (waitMs > 0) return requestLook(request, waitMs);
  const message = `Instance ${replica} did not stop within ${grace} s and is killed. Let the app end when it gets SIGTERM.`;
  await putEvents(environment('APP_LOG_GROUP'), platformStream(environmentId, replica, serviceId), [
    { at: now, message },
  ]);
}
