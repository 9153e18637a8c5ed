import { list } from '@gantry/cloud/kubernetes/objects.ts';
import type { Pod } from '@gantry/cloud/kubernetes/types.ts';

/** A pod that has found no node, or is not ready, for less than this is on its way, in milliseconds. */
const PATIENCE_MS = 5 * 60_000;
/** Below so many pods a share says nothing. */
const FEW = 5;

export interface Waiting {
  /** How many pods of apps have found no node for more than five minutes. */
  readonly pending: number;
  /** Which share of the pods of apps is older than five minutes and not ready, in percent; 0 where there are fewer than five. */
  readonly unreadyShare: number;
}

/** How pods of apps stand, in all environments. */
export async function waitingPods(now: number): Promise<Waiting> {
  const { items } = await list<Pod>({ apiVersion: 'v1', kind: 'Pod' });
  const pods = items.filter(isOfApp).filter(({ metadata }) => now - time(metadata?.creationTimestamp) > PATIENCE_MS);
  const pending = pods.filter((pod) => conditionOf(pod, 'PodScheduled') !== 'True').length;
  const running = pods.filter((pod) => conditionOf(pod, 'PodScheduled') === 'True');
  const unready = running.filter((pod) => conditionOf(pod, 'Ready') !== 'True').length;
  return { pending, unreadyShare: running.length < FEW ? 0 : Math.round((100 * unready) / running.length) };
}

/** Pods that are meant to run on: those that have ended, or are told to, wait for nothing. */
function isOfApp({ metadata, status }: Pod): boolean {
  const ended = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  return metadata?.namespace?.startsWith('env-') === true && metadata.deletionTimestamp === undefined && !ended;
}

function conditionOf({ status }: Pod, type: string): string | undefined {
  return status?.conditions?.find((each) => each.type === type)?.status;
}

function time(given: Date | string | undefined): number {
  return given === undefined ? Date.now() : new Date(given).getTime();
}
