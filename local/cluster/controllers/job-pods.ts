import { ApiError } from '../api/errors.ts';
import { type Job, type JobStatus, TRACKING } from '../batch-model.ts';
import type { Recorder } from '../events.ts';
import { JOBS } from '../kinds/batch.ts';
import { PODS } from '../kinds/pods.ts';
import { controllerOf, controllerReference, type Pod } from '../model.ts';
import type { Registry } from '../registry/registry.ts';
import { keyOf } from './controller.ts';
import { endedPods, isTracked } from './job-status.ts';
import type { Queue } from './queue.ts';

export const MANAGER = 'job-controller';
const LONGEST_BACKOFF_MS = 600_000;

/** The shared state of the Job controller. */
export interface JobContext {
  readonly registry: Registry;
  readonly record: Recorder;
  readonly queue: Queue;
  /** The wait of a Job after the first failed pod, in milliseconds; it doubles up to ten minutes. */
  readonly backoffMs: number;
}

export function podsOf({ registry }: JobContext, { metadata }: Job): readonly Pod[] {
  return registry.objects.list(PODS, metadata.namespace).filter((pod) => controllerOf(pod) === metadata.uid);
}

/** Releases a pod whose end is counted, or which nobody counts. */
export function untrack({ registry }: JobContext, pod: Pod): void {
  const change = (draft: Pod) => {
    draft.metadata.finalizers = (draft.metadata.finalizers ?? []).filter((each) => each !== TRACKING);
  };
  registry.modify(PODS, pod, change, { manager: MANAGER });
}

/** Releases the uncounted pods of a namespace: their Job is gone, or is being deleted and will not look again. */
export function untrackAbandoned(context: JobContext, namespace: string): void {
  const { objects } = context.registry;
  const isAbandoned = (pod: Pod) => {
    const owner = pod.metadata.ownerReferences?.find(({ kind, controller }) => kind === 'Job' && controller === true);
    const job = owner === undefined ? undefined : objects.get(JOBS, pod.metadata.namespace, owner.name);
    return job === undefined || job.metadata.uid !== owner?.uid || job.metadata.deletionTimestamp !== undefined;
  };
  for (const pod of objects.list(PODS, namespace)) if (isTracked(pod) && isAbandoned(pod)) untrack(context, pod);
}

/** Creates the missing pods of a Job, or looks again once the wait after a failure is over. */
export function createMissing(context: JobContext, job: Job, pods: readonly Pod[], status: JobStatus): void {
  const missing = wantedPods(job, status) - (status.active ?? 0) - (status.terminating ?? 0);
  if (missing <= 0) return;
  const { failed } = endedPods(status);
  const backoff = Math.min(LONGEST_BACKOFF_MS, context.backoffMs * 2 ** (failed - 1));
  const wait = failed === 0 ? 0 : lastFailure(pods) + backoff - Date.now();
  if (wait > 0) context.queue.addAfter(keyOf(job), wait);
  else for (let left = missing; left > 0; left--) createPod(context, job);
}

/** How many pods are wanted at once. A Job without completions wants none once one has succeeded. */
function wantedPods({ spec }: Job, status: JobStatus): number {
  const { parallelism = 1, completions } = spec;
  const { succeeded } = endedPods(status);
  if (typeof completions === 'number') return Math.min(parallelism, completions - succeeded);
  return succeeded > 0 ? (status.active ?? 0) : parallelism;
}

function createPod({ registry, record }: JobContext, job: Job): void {
  const { metadata, spec } = job.spec.template;
  const own = {
    generateName: `${job.metadata.name}-`,
    ownerReferences: [controllerReference(job)],
    finalizers: [TRACKING],
  };
  try {
    const draft = { metadata: { ...metadata, ...own }, spec };
    const pod = registry.create(PODS, job.metadata.namespace, draft, { manager: MANAGER });
    record(job, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
  } catch (error) {
    if (error instanceof ApiError) record(job, 'Warning', 'FailedCreate', `Error creating: ${error.message}`);
    throw error;
  }
}

/** When the last of these pods failed, in milliseconds since 1970; 0 when none is left that shows it. */
function lastFailure(pods: readonly Pod[]): number {
  const ends = pods
    .filter(({ status }) => status?.phase === 'Failed')
    .flatMap(({ status }) => status?.containerStatuses ?? [])
    .map(({ state }) => Date.parse(state.terminated?.finishedAt ?? ''));
  return Math.max(0, ...ends.filter(Number.isFinite));
}
