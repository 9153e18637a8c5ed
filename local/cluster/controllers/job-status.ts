import { type Job, type JobCondition, type JobStatus, TRACKING } from '../batch-model.ts';
import type { Pod } from '../model.ts';
import { timestamp } from '../model.ts';

export function hasEnded({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/** A pod that runs or will, and is not being deleted. */
export function isActive(pod: Pod): boolean {
  return !hasEnded(pod) && pod.metadata.deletionTimestamp === undefined;
}

export function isTracked({ metadata }: Pod): boolean {
  return metadata.finalizers?.includes(TRACKING) === true;
}

/** A pod being deleted counts as failed once its node has released it. */
function isReleased({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0;
}

export function conditionOf({ status }: Job, type: string): JobCondition | undefined {
  return status?.conditions?.find((each) => each.type === type && each.status === 'True');
}

/** When the Job ended, in milliseconds since 1970, or undefined. */
export function finishedAt(job: Job): number | undefined {
  const over = conditionOf(job, 'Complete') ?? conditionOf(job, 'Failed');
  return over === undefined ? undefined : Date.parse(over.lastTransitionTime ?? '');
}

/**
 * The status with its pods' ends since. An ended pod is noted first, then loses its finalizer, then is counted: so none is counted twice or
 * forgotten, whenever this process ends.
 */
export function countPods(job: Job, pods: readonly Pod[]): JobStatus {
  const before = job.status ?? {};
  const noted = before.uncountedTerminatedPods ?? {};
  const held = new Set(pods.filter(isTracked).map(({ metadata }) => metadata.uid));
  const settle = (uids: readonly string[] = []) => ({
    waiting: uids.filter((uid) => held.has(uid)),
    counted: uids.filter((uid) => !held.has(uid)).length,
  });
  const [succeeded, failed] = [settle(noted.succeeded), settle(noted.failed)];
  const known = new Set([...succeeded.waiting, ...failed.waiting]);
  const ended = pods.filter(
    (pod) => isTracked(pod) && !known.has(pod.metadata.uid) && (hasEnded(pod) || isReleased(pod)),
  );
  const uidsOf = (phase: boolean) =>
    ended.filter(({ status }) => (status?.phase === 'Succeeded') === phase).map(({ metadata }) => metadata.uid);
  const active = pods.filter(isActive);
  const isReady = ({ status }: Pod) =>
    status?.conditions?.some(({ type, status: held }) => type === 'Ready' && held === 'True') === true;
  return {
    ...before,
    startTime: before.startTime ?? timestamp(),
    active: active.length,
    ready: active.filter(isReady).length,
    terminating: pods.filter(
      (pod) => pod.metadata.deletionTimestamp !== undefined && !hasEnded(pod) && !isReleased(pod),
    ).length,
    succeeded: (before.succeeded ?? 0) + succeeded.counted,
    failed: (before.failed ?? 0) + failed.counted,
    uncountedTerminatedPods: lists([...succeeded.waiting, ...uidsOf(true)], [...failed.waiting, ...uidsOf(false)]),
  };
}

function lists(succeeded: string[], failed: string[]): NonNullable<JobStatus['uncountedTerminatedPods']> {
  return { ...(succeeded.length > 0 ? { succeeded } : {}), ...(failed.length > 0 ? { failed } : {}) };
}

/** Pods that have ended so far, counted or about to be. */
export function endedPods({ succeeded = 0, failed = 0, uncountedTerminatedPods = {} }: JobStatus) {
  return {
    succeeded: succeeded + (uncountedTerminatedPods.succeeded?.length ?? 0),
    failed: failed + (uncountedTerminatedPods.failed?.length ?? 0),
  };
}

export function newCondition(type: string, reason: string, message: string): JobCondition {
  const now = timestamp();
  return { type, status: 'True', reason, message, lastProbeTime: now, lastTransitionTime: now };
}
