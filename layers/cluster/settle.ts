import { setTimeout as sleep } from 'node:timers/promises';
import { type Followed, follow } from '@gantry/cloud/kubernetes/follow.ts';
import { podLogTail } from '@gantry/cloud/kubernetes/pods.ts';
import type { KubernetesObject, Pod } from '@gantry/cloud/kubernetes/types.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import type { Diagnosis } from './diagnosis.ts';
import type { Hint } from './hint.ts';
import type { ReleaseSpec } from './spec.ts';

/** The number of output lines in a failure. */
const LINES = 20;
/** The longest line in characters, so that a reason fits into a frame and a state machine's payload. */
const LINE_LENGTH = 1_000;

/** Deployments or Jobs of one release, and its pods. */
export interface Watched {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
}

/** The callbacks of a watch. */
export interface Beside {
  /** Called every second or two during a wait, for facts that the objects do not show. */
  readonly inspect?: (pods: readonly Pod[]) => Promise<Hint | undefined>;
  /** Called with each new notice of a waiting diagnosis. */
  readonly notify?: (notice: string) => void;
}

const INSPECT_MS = 1_500;

/**
 * Follows a release's workload and pods until `diagnose` ends or `remainingMs` milliseconds are over; then answers the last diagnosis. `diagnose` is
 * called at each change once both are known, and again when it asked for that.
 */
export async function settle<T extends KubernetesObject>(
  watched: Watched,
  diagnose: (workload: T | undefined, pods: readonly Pod[], hint?: Hint) => Diagnosis,
  remainingMs: number,
  { inspect, notify }: Beside = {},
): Promise<Diagnosis> {
  const stop = new AbortController();
  const settled = Promise.withResolvers<Diagnosis>();
  let workloads: readonly T[] | undefined;
  let pods: readonly Pod[] | undefined;
  let last = diagnose(undefined, []);
  let recheck: NodeJS.Timeout | undefined;
  let hint: Hint | undefined;
  let notice: string | undefined;
  const judge = () => {
    if (workloads === undefined || pods === undefined) return;
    clearTimeout(recheck);
    last = diagnose(workloads[0], pods, hint);
    if (last.state === 'waiting' && last.notice !== undefined && last.notice !== notice) {
      notice = last.notice;
      notify?.(notice);
    }
    if (last.state !== 'waiting') settled.resolve(last);
    else if (last.recheckAt !== undefined) recheck = setTimeout(judge, Math.max(0, last.recheckAt - Date.now()));
  };
  const deadline = setTimeout(() => settled.resolve(last), remainingMs);
  follow<T>(watched, stop.signal, (found) => {
    workloads = found;
    judge();
  }).catch(settled.reject);
  const ofPods: Followed = { ...watched, apiVersion: 'v1', kind: 'Pod', plural: 'pods' };
  follow<Pod>(ofPods, stop.signal, (found) => {
    pods = found;
    judge();
  }).catch(settled.reject);
  const inspectAgain = async () => {
    while (inspect !== undefined && !stop.signal.aborted) {
      await sleep(INSPECT_MS, undefined, { signal: stop.signal }).catch(() => undefined);
      if (stop.signal.aborted) return;
      hint = await inspect(pods ?? []);
      judge();
    }
  };
  inspectAgain().catch(settled.reject);
  try {
    return await settled.promise;
  } finally {
    stop.abort();
    clearTimeout(deadline);
    clearTimeout(recheck);
  }
}

/** The container's last lines, of the earlier run too. Empty when they cannot be read: the reason is enough without them. */
export async function lastLines(spec: ReleaseSpec, pod: string | undefined): Promise<string[]> {
  if (pod === undefined) return [];
  const tail = (previous: boolean) =>
    podLogTail({
      namespace: toKubernetesName(spec.environmentId),
      pod,
      container: toKubernetesName(spec.serviceId),
      lines: LINES,
      previous,
    }).catch((): string[] => []);
  const [before, current] = await Promise.all([tail(true), tail(false)]);
  return [...before, ...current].slice(-LINES).map((line) => line.slice(0, LINE_LENGTH));
}
