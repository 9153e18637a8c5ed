import type { Job, JobCondition, JobStatus } from '../batch-model.ts';
import { JOBS } from '../kinds/batch.ts';
import { type Pod, timestamp } from '../model.ts';
import { keyOf } from './controller.ts';
import { type JobContext, podsOf, untrack } from './job-pods.ts';
import { conditionOf, endedPods, hasEnded, isActive, isTracked, newCondition } from './job-status.ts';

/** Whether the Job has ended: enough pods succeeded, too many failed, or its time is over. */
export function decide(
  { queue }: JobContext,
  job: Job,
  pods: readonly Pod[],
  status: JobStatus,
): JobCondition | undefined {
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
}

/** Adds the decision to the status, and the end itself once all pods have ended and are counted. */
export function conclude({ record }: JobContext, job: Job, status: JobStatus, decided: JobCondition): void {
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
}

/** Releases the pods of an ended Job, and deletes the Job after its time to live. */
export function expire(context: JobContext, job: Job, finished: number): void {
  const { registry, queue } = context;
  const { ttlSecondsAfterFinished: ttl } = job.spec;
  for (const pod of podsOf(context, job)) if (isTracked(pod) && hasEnded(pod)) untrack(context, pod);
  if (ttl === undefined) return;
  const left = finished + ttl * 1000 - Date.now();
  if (left > 0) queue.addAfter(keyOf(job), left);
  else registry.remove(JOBS, job.metadata.namespace, job.metadata.name, { propagation: 'Foreground' });
}

/** How often containers that restart in place have failed. */
function restartsOf(job: Job, pods: readonly Pod[]): number {
  if (job.spec.template.spec.restartPolicy !== 'OnFailure') return 0;
  const statuses = pods.filter(isActive).flatMap(({ status }) => status?.containerStatuses ?? []);
  return statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
}
