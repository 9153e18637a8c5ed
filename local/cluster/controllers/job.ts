import type { Job, JobStatus } from '../batch-model.ts';
import { createRecorder } from '../events.ts';
import { JOBS } from '../kinds/batch.ts';
import { resourceOf } from '../kinds/kind.ts';
import { PODS } from '../kinds/pods.ts';
import { sameValue } from '../values.ts';
import { addOwners, type Controller, type ControllerParts, keyOf, splitKey } from './controller.ts';
import { conclude, decide, expire } from './job-end.ts';
import { createMissing, type JobContext, MANAGER, podsOf, untrack, untrackAbandoned } from './job-pods.ts';
import { conditionOf, countPods, finishedAt, isActive } from './job-status.ts';
import { createQueue } from './queue.ts';

const FIRST_BACKOFF_MS = 10_000;

export interface JobParts extends ControllerParts {
  /** The wait of a Job after the first failed pod, in milliseconds; it doubles up to ten minutes. Default 10 s. */
  readonly jobBackoffMs?: number | undefined;
}

/**
 * Runs the pods of a Job until enough succeed or too many fail (k8s.io/kubernetes, pkg/controller/job): a decided Job gets SuccessCriteriaMet or
 * FailureTarget first, and Complete or Failed once all its pods have ended.
 */
export function createJobController({ registry, note, jobBackoffMs = FIRST_BACKOFF_MS }: JobParts): Controller {
  const queue = createQueue((key) => reconcile(context, key), note);
  const context: JobContext = {
    registry,
    queue,
    record: createRecorder(registry, MANAGER),
    backoffMs: jobBackoffMs,
  };
  return {
    observe(change) {
      if (change.resource === resourceOf(JOBS)) queue.add(keyOf(change.object));
      if (change.resource === resourceOf(PODS)) addOwners(queue, 'Job', change);
    },
    resync() {
      for (const job of registry.objects.list(JOBS)) queue.add(keyOf(job));
    },
    stop: queue.stop,
  };
}

function reconcile(context: JobContext, key: string): void {
  const { namespace, name } = splitKey(key);
  const job = context.registry.objects.get(JOBS, namespace, name);
  untrackAbandoned(context, namespace);
  if (job === undefined || job.metadata.deletionTimestamp !== undefined) return;
  const finished = finishedAt(job);
  if (finished === undefined) sync(context, job);
  else expire(context, job, finished);
}

/** Counts the ended pods, then ends the Job or creates its missing pods. */
function sync(context: JobContext, job: Job): void {
  const { registry } = context;
  const pods = podsOf(context, job);
  const status = countPods(job, pods);
  const decided =
    conditionOf(job, 'FailureTarget') ?? conditionOf(job, 'SuccessCriteriaMet') ?? decide(context, job, pods, status);
  if (decided !== undefined) {
    for (const { metadata } of pods.filter(isActive)) registry.remove(PODS, metadata.namespace, metadata.name, {});
    conclude(context, job, status, decided);
  }
  writeStatus(context, job, status);
  const noted = Object.values(status.uncountedTerminatedPods ?? {}).flat();
  for (const pod of pods) if (noted.includes(pod.metadata.uid)) untrack(context, pod);
  if (decided === undefined) createMissing(context, job, pods, status);
}

function writeStatus({ registry }: JobContext, job: Job, status: JobStatus): void {
  if (sameValue(job.status, status)) return;
  const change = (draft: Job) => {
    draft.status = status;
  };
  registry.modify(JOBS, job, change, { manager: MANAGER, subresource: 'status' });
}
