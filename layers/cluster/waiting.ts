import { list } from '@gantry/cloud/kubernetes/objects.ts';
import type { Pod } from '@gantry/cloud/kubernetes/types.ts';

/** A pod without a node, or unready, for less than this is only starting, in milliseconds. */
const PATIENCE_MS = 5 * 60_000;
/** A share of fewer pods says nothing. */
const FEW = 5;

export interface Waiting {
  /** The number of apps' pods without a node for more than five minutes. */
  readonly pending: number;
  /** The share of apps' pods that are older than five minutes and not ready, in percent; 0 for fewer than five pods. */
  readonly unreadyShare: number;
}

/** The state of apps' pods, in all environments. */
export async function waitingPods(now: number): Promise<Waiting> {
  const { items } = await list<Pod>({ apiVersion: 'v1', kind: 'Pod' });
  const pods = items.filter(isOfApp).filter(({ metadata }) => now - time(metadata?.creationTimestamp) > PATIENCE_MS);
  const pending = pods.filter((pod) => conditionOf(pod, 'PodScheduled') !== 'True').length;
  const running = pods.filter((pod) => conditionOf(pod, 'PodScheduled') === 'True');
  const unready = running.filter((pod) => conditionOf(pod, 'Ready') !== 'True').length;
  return { pending, unreadyShare: running.length < FEW ? 0 : Math.round((100 * unready) / running.length) };
}

/** Pods that are meant to keep running: ended and stopping ones wait for nothing. */
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
