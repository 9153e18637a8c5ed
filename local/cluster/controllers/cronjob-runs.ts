import { ApiError } from '../api/errors.ts';
import { type CronJob, type Job, type ObjectReference, SCHEDULED_AT } from '../batch-model.ts';
import type { Recorder } from '../events.ts';
import { CRON_JOBS, JOBS } from '../kinds/batch.ts';
import { apiVersionOf } from '../kinds/kind.ts';
import { controllerOf, controllerReference, timestamp } from '../model.ts';
import type { Registry } from '../registry/registry.ts';
import { sameValue } from '../values.ts';
import { conditionOf, finishedAt } from './job-status.ts';
import type { Queue } from './queue.ts';

export const MANAGER = 'cronjob-controller';

/** The shared state of the CronJob controller. */
export interface CronJobContext {
  readonly registry: Registry;
  readonly record: Recorder;
  readonly queue: Queue;
  /** The clock of schedules, in milliseconds since 1970. */
  readonly now: () => number;
}

/** The running runs. */
export function activeJobs(context: CronJobContext, cronJob: CronJob): readonly Job[] {
  return jobsOf(context, cronJob).filter((job) => finishedAt(job) === undefined);
}

/** Records ended runs, and deletes runs beyond the kept history. */
export function settle(context: CronJobContext, cronJob: CronJob): void {
  const jobs = jobsOf(context, cronJob);
  const ended = jobs.filter((job) => finishedAt(job) !== undefined);
  recordEnds(context, cronJob, ended);
  const done = ended.flatMap(({ status }) => status?.completionTime ?? []);
  const last = [cronJob.status?.lastSuccessfulTime ?? '', ...done].sort().at(-1) ?? '';
  const { active: _, ...rest } = cronJob.status ?? {};
  const active = jobs.filter((job) => finishedAt(job) === undefined).map(referenceTo);
  writeStatus(context, cronJob, {
    ...rest,
    ...(active.length === 0 ? {} : { active }),
    ...(last === '' ? {} : { lastSuccessfulTime: last }),
  });
  const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = cronJob.spec;
  const succeeded = ended.filter((job) => conditionOf(job, 'Complete') !== undefined);
  const failed = ended.filter((job) => !succeeded.includes(job));
  forget(context, cronJob, succeeded, successfulJobsHistoryLimit);
  forget(context, cronJob, failed, failedJobsHistoryLimit);
}

/** Creates the Job of the run due at `due`, in milliseconds since 1970, if it is missing. */
export function startRun(context: CronJobContext, cronJob: CronJob, due: number): void {
  const { registry, record } = context;
  const { jobTemplate } = cronJob.spec;
  const { name, namespace } = cronJob.metadata;
  const metadata = {
    name: `${name}-${Math.floor(due / 60_000)}`,
    labels: { ...jobTemplate.metadata?.labels },
    annotations: { ...jobTemplate.metadata?.annotations, [SCHEDULED_AT]: timestamp(due) },
    ownerReferences: [controllerReference(cronJob)],
  };
  if (registry.objects.get(JOBS, namespace, metadata.name) === undefined) {
    try {
      registry.create(JOBS, namespace, { metadata, spec: jobTemplate.spec }, { manager: MANAGER });
      record(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${metadata.name}`);
    } catch (error) {
      if (error instanceof ApiError) record(cronJob, 'Warning', 'FailedCreate', `Error creating job: ${error.message}`);
      throw error;
    }
  }
  const active = activeJobs(context, cronJob).map(referenceTo);
  writeStatus(context, cronJob, { ...cronJob.status, active, lastScheduleTime: timestamp(due) });
}

export function removeRun({ registry, record }: CronJobContext, cronJob: CronJob, { metadata }: Job): void {
  registry.remove(JOBS, metadata.namespace, metadata.name, { propagation: 'Background' });
  record(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${metadata.name}`);
}

function jobsOf({ registry }: CronJobContext, { metadata }: CronJob): readonly Job[] {
  return registry.objects.list(JOBS, metadata.namespace).filter((job) => controllerOf(job) === metadata.uid);
}

/** Records the end of each run that the status still lists as active. */
function recordEnds({ record }: CronJobContext, cronJob: CronJob, ended: readonly Job[]): void {
  const known = cronJob.status?.active ?? [];
  for (const job of ended.filter(({ metadata }) => known.some(({ uid }) => uid === metadata.uid))) {
    const how = conditionOf(job, 'Complete') === undefined ? 'Failed' : 'Complete';
    record(cronJob, 'Normal', 'SawCompletedJob', `Saw completed job: ${job.metadata.name}, condition: ${how}`);
  }
}

/** Deletes the oldest of these runs, until `kept` are left. */
function forget(context: CronJobContext, cronJob: CronJob, jobs: readonly Job[], kept: number): void {
  const oldestFirst = [...jobs].sort((a, b) => ((a.status?.startTime ?? '') < (b.status?.startTime ?? '') ? -1 : 1));
  for (const job of oldestFirst.slice(0, Math.max(0, jobs.length - kept))) removeRun(context, cronJob, job);
}

function writeStatus({ registry }: CronJobContext, cronJob: CronJob, status: NonNullable<CronJob['status']>): void {
  if (sameValue(cronJob.status ?? {}, status)) return;
  const change = (draft: CronJob) => {
    draft.status = status;
  };
  registry.modify(CRON_JOBS, cronJob, change, { manager: MANAGER, subresource: 'status' });
}

function referenceTo({ metadata }: Job): ObjectReference {
  const { name, namespace = '', uid } = metadata;
  return { apiVersion: apiVersionOf(JOBS), kind: JOBS.kind, namespace, name, uid };
}
