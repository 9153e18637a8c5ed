import { fromKubernetesName } from '@gantry/contract/ids.ts';
import * as z from 'zod';
import { unpackDelivery } from '../../logs/delivery.ts';
import { type LookRequest, requestLook } from './again.ts';

/** The fields of a Kubernetes Event that count. https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ */
const ClusterEvent = z.object({
  reason: z.string(),
  involvedObject: z.object({ kind: z.string(), namespace: z.string().default(''), name: z.string() }),
});

/** Told of every pod on its way to its start, which says nothing of how an app is doing. */
const ROUTINE = new Set(['Scheduled', 'Pulling', 'Pulled', 'Created', 'SuccessfulCreate', 'SuccessfulDelete']);

/**
 * Takes in what a cluster told (a delivery of the events' log group: gzipped JSON in base64), and asks for a look at each release that it was about. Answers how
 * many. It only says where to look: what is true is read from the cluster, so that an event may come twice, late, or not at all.
 */
export async function hear(data: string): Promise<number> {
  const { logEvents } = await unpackDelivery(data);
  const requests = new Map<string, LookRequest>();
  for (const { message } of logEvents) {
    for (const request of requestsOf(message)) requests.set(JSON.stringify(request), request);
  }
  for (const request of requests.values()) await requestLook(request);
  return requests.size;
}

/** The subject of an event: the release, after which its pods, jobs and replica sets are named; and the replica, if it is asked to stop. */
function requestsOf(message: string): LookRequest[] {
  const { success, data } = ClusterEvent.safeParse(jsonOf(message));
  if (!success || ROUTINE.has(data.reason)) return [];
  const { kind, namespace, name } = data.involvedObject;
  const environmentId = fromKubernetesName('environment', namespace);
  const releaseId = fromKubernetesName('release', name.split('-').slice(0, 2).join('-'));
  if (environmentId === undefined || releaseId === undefined) return [];
  const stops = kind === 'Pod' && data.reason === 'Killing';
  return [{ environmentId, releaseId }, ...(stops ? [{ environmentId, replica: name }] : [])];
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
