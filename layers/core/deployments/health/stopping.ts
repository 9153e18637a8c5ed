import { environment } from '@gantry/cloud/environment.ts';
import { get } from '@gantry/cloud/kubernetes/objects.ts';
import type { Pod } from '@gantry/cloud/kubernetes/types.ts';
import { putEvents } from '@gantry/cloud/logs.ts';
import { SERVICE } from '@gantry/cluster/names.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import { platformStream } from '../../logs/lines.ts';
import { requestLook, type StopRequest } from './again.ts';

/** So long before a replica is killed it is looked at, in milliseconds: afterwards it is gone. */
const BEFORE_MS = 1_000;
/** The longest grace that a replica is given, with room; a request that is older is about nothing any more. */
const LONGEST_MS = 300_000;

/**
 * Tells an app's log of a replica that does not stop: one that is still there when its grace ends is killed. Nobody tells of that, and the replica is gone
 * afterwards, so that it is looked at just before. Harmless where it stopped in time.
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
