import { fromKubernetesName } from '@gantry/contract/ids.ts';
import * as z from 'zod';
import { unpackDelivery } from '../../logs/delivery.ts';
import { type LookRequest, requestLook } from './again.ts';

/** The fields of a Kubernetes Event that we use. https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ */
const ClusterEvent = z.object({
  reason: z.string(),
  involvedObject: z.object({ kind: z.string(), namespace: z.string().default(''), name: z.string() }),
});

/** Reported for every pod during its start; they say nothing about the app's health. */
const ROUTINE = new Set(['Scheduled', 'Pulling', 'Pulled', 'Created', 'SuccessfulCreate', 'SuccessfulDelete']);

/**
 * Reads a delivery of the cluster's events (gzipped JSON in base64), and requests a look at each release that they name. Answers the number of
 * requests. Events only say where to look: the state is read from the cluster. So an event may come twice, late, or never.
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

/** The subject of an event: the release in the name of its pod, job or replica set, and the replica if it was told to stop. */
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
