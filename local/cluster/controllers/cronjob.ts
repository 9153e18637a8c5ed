import { ApiError } from '../api/errors.ts';
import { type CronJob, type Job, type ObjectReference, SCHEDULED_AT } from '../batch-model.ts';
import { createRecorder } from '../events.ts';
import { CRON_JOBS, JOBS } from '../kinds/batch.ts';
import { apiVersionOf, resourceOf } from '../kinds/kind.ts';
import { controllerOf, controllerReference, timestamp } from '../model.ts';
import { parseSchedule } from '../schedule.ts';
import { sameValue } from '../values.ts';
import { addOwners, type Controller, type ControllerParts, keyOf, splitKey } from './controller.ts';
import { conditionOf, finishedAt } from './job-status.ts';
import { createQueue } from './queue.ts';

const MANAGER = 'cronjob-controller';
/** Timers end somewhere: no schedule is waited for longer without another look at the clock. */
const LONGEST_WAIT_MS = 3_600_000;

export interface CronJobParts extends ControllerParts {
  /** The clock of schedules, in milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
}

/** Makes the Jobs of CronJobs when they are due (k8s.io/kubernetes, pkg/controller/cronjob); of runs missed, only the last is made up for. */
export function createCronJobController({ registry, note, now = Date.now }: CronJobParts): Controller {
  const { objects } = registry;
  const record = createRecorder(registry, MANAGER);
  const queue = createQueue((key) => {
    const { namespace, name } = splitKey(key);
    const cronJob = objects.get(CRON_JOBS, namespace, name);
    if (cronJob === undefined || cronJob.metadata.deletionTimestamp !== undefined) return;
    settle(cronJob);
    const present = objects.get(CRON_JOBS, namespace, name);
    if (present?.spec.suspend === false) schedule(present);
  }, note);

  const jobsOf = ({ metadata }: CronJob) =>
    objects.list(JOBS, metadata.namespace).filter((job) => controllerOf(job) === metadata.uid);

  const writeStatus = (cronJob: CronJob, status: NonNullable<CronJob['status']>) => {
    if (sameValue(cronJob.status ?? {}, status)) return;
    const change = (draft: CronJob) => {
      draft.status = status;
    };
    registry.modify(CRON_JOBS, cronJob, change, { manager: MANAGER, subresource: 'status' });
  };

  /** Takes note of what ended, and removes runs beyond the history that is kept. */
  const settle = (cronJob: CronJob) => {
    const jobs = jobsOf(cronJob);
    const known = cronJob.status?.active ?? [];
    const ended = jobs.filter((job) => finishedAt(job) !== undefined);
    for (const job of ended.filter(({ metadata }) => known.some(({ uid }) => uid === metadata.uid))) {
      const how = conditionOf(job, 'Complete') === undefined ? 'Failed' : 'Complete';
      record(cronJob, 'Normal', 'SawCompletedJob', `Saw completed job: ${job.metadata.name}, condition: ${how}`);
    }
    const done = ended.flatMap(({ status }) => status?.completionTime ?? []);
    const last = [cronJob.status?.lastSuccessfulTime ?? '', ...done].sort().at(-1) ?? '';
    const { active: _, ...rest } = cronJob.status ?? {};
    const active = jobs.filter((job) => finishedAt(job) === undefined).map(referenceTo);
    writeStatus(cronJob, {
      ...rest,
      ...(active.length === 0 ? {} : { active }),
      ...(last === '' ? {} : { lastSuccessfulTime: last }),
    });
    const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = cronJob.spec;
    const succeeded = ended.filter((job) => conditionOf(job, 'Complete') !== undefined);
    forget(cronJob, succeeded, successfulJobsHistoryLimit);
    forget(
      cronJob,
      ended.filter((job) => !succeeded.includes(job)),
      failedJobsHistoryLimit,
    );
  };

  const forget = (cronJob: CronJob, jobs: readonly Job[], kept: number) => {
    const oldestFirst = [...jobs].sort((a, b) => ((a.status?.startTime ?? '') < (b.status?.startTime ?? '') ? -1 : 1));
    for (const job of oldestFirst.slice(0, Math.max(0, jobs.length - kept))) removeJob(cronJob, job);
  };
  const removeJob = (cronJob: CronJob, { metadata }: Pick<Job, 'metadata'>) => {
    registry.remove(JOBS, metadata.namespace, metadata.name, { propagation: 'Background' });
    record(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${metadata.name}`);
  };

  const schedule = (cronJob: CronJob) => {
    const { spec, metadata, status = {} } = cronJob;
    const times = parseSchedule(spec.schedule, spec.timeZone);
    if ('problem' in times) return record(cronJob, 'Warning', 'UnparseableSchedule', times.why);
    const present = now();
    const next = times.next(present);
    if (next !== undefined) queue.addAfter(keyOf(cronJob), Math.min(LONGEST_WAIT_MS, next - present));
    const due = times.previous(present);
    if (due === undefined || due <= Date.parse(status.lastScheduleTime ?? metadata.creationTimestamp)) return;
    const { startingDeadlineSeconds: deadline } = spec;
    if (deadline !== undefined && due + deadline * 1000 < present) {
      record(
        cronJob,
        'Warning',
        'MissSchedule',
        `Missed scheduled time to start a job: ${new Date(due).toUTCString()}`,
      );
      return;
    }
    const active = jobsOf(cronJob).filter((job) => finishedAt(job) === undefined);
    if (active.length > 0 && spec.concurrencyPolicy === 'Forbid') {
      const why = 'Not starting job because prior execution is running and concurrency policy is Forbid';
      return record(cronJob, 'Normal', 'JobAlreadyActive', why);
    }
    if (spec.concurrencyPolicy === 'Replace') for (const job of active) removeJob(cronJob, job);
    start(cronJob, due);
  };

  const start = (cronJob: CronJob, due: number) => {
    const { jobTemplate } = cronJob.spec;
    const { name, namespace } = cronJob.metadata;
    const metadata = {
      name: `${name}-${Math.floor(due / 60_000)}`,
      labels: { ...jobTemplate.metadata?.labels },
      annotations: { ...jobTemplate.metadata?.annotations, [SCHEDULED_AT]: timestamp(due) },
      ownerReferences: [controllerReference(cronJob)],
    };
    if (objects.get(JOBS, namespace, metadata.name) === undefined) {
      try {
        registry.create(JOBS, namespace, { metadata, spec: jobTemplate.spec }, { manager: MANAGER });
        record(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${metadata.name}`);
      } catch (error) {
        if (error instanceof ApiError)
          record(cronJob, 'Warning', 'FailedCreate', `Error creating job: ${error.message}`);
        throw error;
      }
    }
    const active = jobsOf(cronJob)
      .filter((job) => finishedAt(job) === undefined)
      .map(referenceTo);
    writeStatus(cronJob, { ...cronJob.status, active, lastScheduleTime: timestamp(due) });
  };

  return {
    observe(change) {
      if (change.resource === resourceOf(CRON_JOBS)) queue.add(keyOf(change.object));
      if (change.resource === resourceOf(JOBS)) addOwners(queue, 'CronJob', change);
    },
    resync() {
      for (const cronJob of objects.list(CRON_JOBS)) queue.add(keyOf(cronJob));
    },
    stop: queue.stop,
  };
}

function referenceTo({ metadata }: Job): ObjectReference {
  const { name, namespace = '', uid } = metadata;
  return { apiVersion: apiVersionOf(JOBS), kind: JOBS.kind, namespace, name, uid };
}
