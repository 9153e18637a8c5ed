import { ApiError } from '../api/errors.ts';
import { type Job, type JobCondition, type JobStatus, TRACKING } from '../batch-model.ts';
import { createRecorder } from '../events.ts';
import { JOBS } from '../kinds/batch.ts';
import { resourceOf } from '../kinds/kind.ts';
import { PODS } from '../kinds/pods.ts';
import type { Pod } from '../model.ts';
import { controllerOf, controllerReference, timestamp } from '../model.ts';
import { sameValue } from '../values.ts';
import { addOwners, type Controller, type ControllerParts, keyOf, splitKey } from './controller.ts';
import {
  conditionOf,
  countPods,
  endedPods,
  finishedAt,
  hasEnded,
  isActive,
  isTracked,
  newCondition,
} from './job-status.ts';
import { createQueue } from './queue.ts';

const MANAGER = 'job-controller';
const FIRST_BACKOFF_MS = 10_000;
const LONGEST_BACKOFF_MS = 600_000;

export interface JobParts extends ControllerParts {
  /** What a Job waits after the first failed pod, in milliseconds; it doubles up to ten minutes. 10 s unless said otherwise. */
  readonly jobBackoffMs?: number | undefined;
}

/**
 * Runs the pods of a Job until enough of them succeed or too many fail (k8s.io/kubernetes, pkg/controller/job): one that is
 * decided gets SuccessCriteriaMet or FailureTarget first, and Complete or Failed once all its pods have ended.
 */
export function createJobController({ registry, note, jobBackoffMs = FIRST_BACKOFF_MS }: JobParts): Controller {
  const { objects } = registry;
  const record = createRecorder(registry, MANAGER);
  const queue = createQueue((key) => {
    const { namespace, name } = splitKey(key);
    const job = objects.get(JOBS, namespace, name);
    for (const pod of objects.list(PODS, namespace)) if (isTracked(pod) && isAbandoned(pod)) untrack(pod);
    if (job === undefined || job.metadata.deletionTimestamp !== undefined) return;
    const finished = finishedAt(job);
    if (finished === undefined) sync(job);
    else expire(job, finished);
  }, note);

  const untrack = (pod: Pod) => {
    const change = (draft: Pod) => {
      draft.metadata.finalizers = (draft.metadata.finalizers ?? []).filter((each) => each !== TRACKING);
    };
    registry.modify(PODS, pod, change, { manager: MANAGER });
  };
  /** Nobody counts a pod whose Job is gone, or is being deleted and will not look again. */
  const isAbandoned = (pod: Pod) => {
    const owner = pod.metadata.ownerReferences?.find(({ kind, controller }) => kind === 'Job' && controller === true);
    const job = owner === undefined ? undefined : objects.get(JOBS, pod.metadata.namespace, owner.name);
    return job === undefined || job.metadata.uid !== owner?.uid || job.metadata.deletionTimestamp !== undefined;
  };

  const expire = (job: Job, finished: number) => {
    const { ttlSecondsAfterFinished: ttl } = job.spec;
    for (const pod of podsOf(job)) if (isTracked(pod) && hasEnded(pod)) untrack(pod);
    if (ttl === undefined) return;
    const left = finished + ttl * 1000 - Date.now();
    if (left > 0) queue.addAfter(keyOf(job), left);
    else registry.remove(JOBS, job.metadata.namespace, job.metadata.name, { propagation: 'Foreground' });
  };

  const podsOf = ({ metadata }: Job) =>
    objects.list(PODS, metadata.namespace).filter((pod) => controllerOf(pod) === metadata.uid);

  const sync = (job: Job) => {
    const pods = podsOf(job);
    const status = countPods(job, pods);
    const decided =
      conditionOf(job, 'FailureTarget') ?? conditionOf(job, 'SuccessCriteriaMet') ?? decide(job, pods, status);
    if (decided !== undefined) {
      for (const { metadata } of pods.filter(isActive)) registry.remove(PODS, metadata.namespace, metadata.name, {});
      conclude(job, status, decided);
    }
    writeStatus(job, status);
    const noted = Object.values(status.uncountedTerminatedPods ?? {}).flat();
    for (const pod of pods) if (noted.includes(pod.metadata.uid)) untrack(pod);
    if (decided === undefined) createMissing(job, pods, status);
  };

  /** Whether the Job has come to its end: enough pods succeeded, too many failed, or its time is over. */
  const decide = (job: Job, pods: readonly Pod[], status: JobStatus): JobCondition | undefined => {
    const { backoffLimit = 6, completions, activeDeadlineSeconds } = job.spec;
    const { succeeded, failed } = endedPods(status);
    if (failed > backoffLimit || restartsOf(job, pods) > Math.max(0, backoffLimit - 1))
      return newCondition('FailureTarget', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit');
    if (activeDeadlineSeconds !== undefined) {
      const left = Date.parse(status.startTime ?? '') + activeDeadlineSeconds * 1000 - Date.now();
      if (left <= 0)
        return newCondition('FailureTarget', 'DeadlineExceeded', 'Job was active longer than specified deadline');
      queue.addAfter(keyOf(job), left);
    }
    const enough = typeof completions === 'number' ? succeeded >= completions : succeeded > 0 && status.active === 0;
    if (!enough) return undefined;
    return newCondition('SuccessCriteriaMet', 'CompletionsReached', 'Reached expected number of succeeded pods');
  };

  /** How often containers that start again in place have failed. */
  const restartsOf = (job: Job, pods: readonly Pod[]) => {
    if (job.spec.template.spec.restartPolicy !== 'OnFailure') return 0;
    const statuses = pods.filter(isActive).flatMap(({ status }) => status?.containerStatuses ?? []);
    return statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
  };

  const conclude = (job: Job, status: JobStatus, decided: JobCondition) => {
    const { type, reason = '', message = '' } = decided;
    if (conditionOf(job, type) === undefined) status.conditions = [...(status.conditions ?? []), decided];
    const waiting = Object.keys(status.uncountedTerminatedPods ?? {}).length > 0;
    if ((status.active ?? 0) > 0 || (status.terminating ?? 0) > 0 || waiting) return;
    const succeeded = type === 'SuccessCriteriaMet';
    const last = newCondition(succeeded ? 'Complete' : 'Failed', reason, message);
    status.conditions = [...(status.conditions ?? []), last];
    if (succeeded) status.completionTime = timestamp();
    if (succeeded) record(job, 'Normal', 'Completed', 'Job completed');
    else record(job, 'Warning', reason, message);
  };

  const writeStatus = (job: Job, status: JobStatus) => {
    if (sameValue(job.status, status)) return;
    const change = (draft: Job) => {
      draft.status = status;
    };
    registry.modify(JOBS, job, change, { manager: MANAGER, subresource: 'status' });
  };

  const createMissing = (job: Job, pods: readonly Pod[], status: JobStatus) => {
    const { parallelism = 1, completions } = job.spec;
    const { succeeded, failed } = endedPods(status);
    const active = status.active ?? 0;
    const wanted =
      typeof completions === 'number'
        ? Math.min(parallelism, completions - succeeded)
        : succeeded > 0
          ? active
          : parallelism;
    const missing = wanted - active - (status.terminating ?? 0);
    if (missing <= 0) return;
    const wait =
      failed === 0
        ? 0
        : lastFailure(pods) + Math.min(LONGEST_BACKOFF_MS, jobBackoffMs * 2 ** (failed - 1)) - Date.now();
    if (wait > 0) return queue.addAfter(keyOf(job), wait);
    for (let left = missing; left > 0; left--) createPod(job);
  };

  const createPod = (job: Job) => {
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
  };

  return {
    observe(change) {
      if (change.resource === resourceOf(JOBS)) queue.add(keyOf(change.object));
      if (change.resource === resourceOf(PODS)) addOwners(queue, 'Job', change);
    },
    resync() {
      for (const job of objects.list(JOBS)) queue.add(keyOf(job));
    },
    stop: queue.stop,
  };
}

/** When the last of these pods failed, in milliseconds since 1970; 0 where none is left that tells. */
function lastFailure(pods: readonly Pod[]): number {
  const ends = pods
    .filter(({ status }) => status?.phase === 'Failed')
    .flatMap(({ status }) => status?.containerStatuses ?? [])
    .map(({ state }) => Date.parse(state.terminated?.finishedAt ?? ''));
  return Math.max(0, ...ends.filter(Number.isFinite));
}
