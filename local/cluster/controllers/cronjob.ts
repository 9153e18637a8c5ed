import type { CronJob } from '../batch-model.ts';
import { createRecorder } from '../events.ts';
import { CRON_JOBS, JOBS } from '../kinds/batch.ts';
import { resourceOf } from '../kinds/kind.ts';
import { parseSchedule } from '../schedule.ts';
import { addOwners, type Controller, type ControllerParts, keyOf, splitKey } from './controller.ts';
import { activeJobs, type CronJobContext, MANAGER, removeRun, settle, startRun } from './cronjob-runs.ts';
import { createQueue } from './queue.ts';

/** A timer has a limit: no schedule is waited for longer without another look at the clock. */
const LONGEST_WAIT_MS = 3_600_000;

export interface CronJobParts extends ControllerParts {
  /** The clock of schedules, in milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
}

/** Creates the Jobs of CronJobs when they are due (k8s.io/kubernetes, pkg/controller/cronjob); of missed runs, only the last is made up for. */
export function createCronJobController({ registry, note, now = Date.now }: CronJobParts): Controller {
  const queue = createQueue((key) => reconcile(context, key), note);
  const context: CronJobContext = { registry, queue, now, record: createRecorder(registry, MANAGER) };
  return {
    observe(change) {
      if (change.resource === resourceOf(CRON_JOBS)) queue.add(keyOf(change.object));
      if (change.resource === resourceOf(JOBS)) addOwners(queue, 'CronJob', change);
    },
    resync() {
      for (const cronJob of registry.objects.list(CRON_JOBS)) queue.add(keyOf(cronJob));
    },
    stop: queue.stop,
  };
}

function reconcile(context: CronJobContext, key: string): void {
  const { objects } = context.registry;
  const { namespace, name } = splitKey(key);
  const cronJob = objects.get(CRON_JOBS, namespace, name);
  if (cronJob === undefined || cronJob.metadata.deletionTimestamp !== undefined) return;
  settle(context, cronJob);
  const present = objects.get(CRON_JOBS, namespace, name);
  if (present?.spec.suspend === false) schedule(context, present);
}

/** Starts the last due run, if its deadline and the concurrency policy allow, and looks again at the next. */
function schedule(context: CronJobContext, cronJob: CronJob): void {
  const { queue, record } = context;
  const { spec, metadata, status = {} } = cronJob;
  const times = parseSchedule(spec.schedule, spec.timeZone);
  if ('problem' in times) {
    record(cronJob, 'Warning', 'UnparseableSchedule', times.why);
    return;
  }
  const present = context.now();
  const next = times.next(present);
  if (next !== undefined) queue.addAfter(keyOf(cronJob), Math.min(LONGEST_WAIT_MS, next - present));
  const due = times.previous(present);
  if (due === undefined || due <= Date.parse(status.lastScheduleTime ?? metadata.creationTimestamp)) return;
  if (mayStart(context, cronJob, due, present)) startRun(context, cronJob, due);
}

/** Whether the deadline and the concurrency policy allow the run. A replacing policy deletes the running one. */
function mayStart(context: CronJobContext, cronJob: CronJob, due: number, present: number): boolean {
  const { record } = context;
  const { startingDeadlineSeconds: deadline, concurrencyPolicy } = cronJob.spec;
  if (deadline !== undefined && due + deadline * 1000 < present) {
    const why = `Missed scheduled time to start a job: ${new Date(due).toUTCString()}`;
    record(cronJob, 'Warning', 'MissSchedule', why);
    return false;
  }
  const active = activeJobs(context, cronJob);
  if (active.length > 0 && concurrencyPolicy === 'Forbid') {
    const why = 'Not starting job because prior execution is running and concurrency policy is Forbid';
    record(cronJob, 'Normal', 'JobAlreadyActive', why);
    return false;
  }
  if (concurrencyPolicy === 'Replace') for (const job of active) removeRun(context, cronJob, job);
  return true;
}
