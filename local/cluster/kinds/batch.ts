import type { Cause } from '../api/errors.ts';
import { invalidValue, required } from '../api/errors.ts';
import { CONTROLLER_UID, type CronJob, JOB_NAME, type Job, type JobSpec } from '../batch-model.ts';
import { parseSchedule } from '../schedule.ts';
import { isMap } from '../values.ts';
import type { Kind } from './kind.ts';
import { completePodSpec } from './pods.ts';
import { SCHEMAS } from './schema.ts';
import { immutable, isCount, notEmulated, validatePodSpec } from './validation.ts';

const batch = { group: 'batch', version: 'v1', strategic: true, namespaced: true, categories: ['all'] } as const;

/** Settings of a Job that no controller here supports. */
const NOT_EMULATED = [
  'podFailurePolicy',
  'successPolicy',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
  'manualSelector',
  'managedBy',
];

function completeJobSpec(spec: JobSpec): void {
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= 6;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= 'TerminatingOrFailed';
  completePodSpec(spec.template?.spec);
}

function validateJobSpec(spec: JobSpec, path: string): Cause[] {
  const causes: Cause[] = [];
  for (const field of ['parallelism', 'completions', 'backoffLimit', 'ttlSecondsAfterFinished'] as const) {
    const value = spec[field];
    if (value === undefined || value === null || isCount(value)) continue;
    causes.push(invalidValue(`${path}.${field}`, value, 'must be greater than or equal to 0'));
  }
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined && (!isCount(deadline) || deadline === 0))
    causes.push(invalidValue(`${path}.activeDeadlineSeconds`, deadline, 'must be greater than or equal to 1'));
  for (const field of NOT_EMULATED)
    if (spec[field] !== undefined && spec[field] !== false) causes.push(notEmulated(`${path}.${field}`));
  if (spec.completionMode !== 'NonIndexed')
    causes.push(notEmulated(`${path}.completionMode`, String(spec.completionMode)));
  if (spec.suspend === true) causes.push(notEmulated(`${path}.suspend`));
  if (spec.podReplacementPolicy !== 'TerminatingOrFailed')
    causes.push(notEmulated(`${path}.podReplacementPolicy`, String(spec.podReplacementPolicy)));
  causes.push(...validatePodSpec(spec.template?.spec, `${path}.template.spec`));
  const policy = spec.template?.spec?.restartPolicy;
  if (policy !== 'Never' && policy !== 'OnFailure')
    causes.push(required(`${path}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"'));
  return causes;
}

function conditionOf({ status }: Job): string {
  const held = (type: string) =>
    status?.conditions?.some((each) => each.type === type && each.status === 'True') === true;
  return ['Complete', 'Failed', 'SuccessCriteriaMet', 'FailureTarget'].find(held) ?? 'Running';
}

export const JOBS: Kind<Job> = {
  ...batch,
  kind: 'Job',
  plural: 'jobs',
  subresources: ['status'],
  schema: SCHEMAS.workload,
  orphans: true,
  columns: [
    { name: 'Name', cell: ({ metadata }) => metadata.name },
    { name: 'Status', cell: conditionOf },
    { name: 'Completions', cell: ({ spec, status }) => `${status?.succeeded ?? 0}/${spec.completions ?? 1}` },
  ],
  complete(job, previous) {
    const { spec, metadata } = job;
    if (!isMap(spec)) return;
    completeJobSpec(spec);
    if (previous !== undefined || !isMap(spec.template)) return;
    const own = { [CONTROLLER_UID]: metadata.uid, [JOB_NAME]: metadata.name };
    spec.selector = { matchLabels: { [CONTROLLER_UID]: metadata.uid } };
    const { metadata: given = {} } = spec.template;
    const plain = { 'controller-uid': metadata.uid, 'job-name': metadata.name };
    spec.template.metadata = { ...given, labels: { ...given.labels, ...own, ...plain } };
    metadata.labels ??= {};
    if (Object.keys(metadata.labels).length === 0) metadata.labels = { ...given.labels };
  },
  validate(job, previous) {
    if (!isMap(job.spec)) return [required('spec')];
    const causes = validateJobSpec(job.spec, 'spec');
    if (job.metadata.name.length > 63)
      causes.push(invalidValue('metadata.name', job.metadata.name, 'must be no more than 63 characters'));
    if (previous === undefined) return causes;
    for (const field of ['completions', 'selector', 'template'] as const)
      causes.push(...immutable(`spec.${field}`, job.spec[field], previous.spec[field]));
    return causes;
  },
};

const POLICIES = ['Allow', 'Forbid', 'Replace'];

function validateCronJob({ metadata, spec }: CronJob): Cause[] {
  if (!isMap(spec)) return [required('spec')];
  const causes: Cause[] = [];
  if (metadata.name.length > 52)
    causes.push(invalidValue('metadata.name', metadata.name, 'must be no more than 52 characters'));
  if (!spec.schedule) causes.push(required('spec.schedule'));
  else {
    const schedule = parseSchedule(spec.schedule, spec.timeZone);
    if ('problem' in schedule) {
      const [field, value] =
        schedule.problem === 'timeZone' ? ['spec.timeZone', spec.timeZone] : ['spec.schedule', spec.schedule];
      causes.push(invalidValue(field, value, schedule.why));
    }
  }
  if (!POLICIES.includes(spec.concurrencyPolicy ?? ''))
    causes.push(invalidValue('spec.concurrencyPolicy', spec.concurrencyPolicy, 'must be Allow, Forbid or Replace'));
  for (const field of ['startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'] as const) {
    const value = spec[field];
    if (value !== undefined && !isCount(value))
      causes.push(invalidValue(`spec.${field}`, value, 'must be greater than or equal to 0'));
  }
  if (!isMap(spec.jobTemplate?.spec)) return [...causes, required('spec.jobTemplate.spec')];
  return [...causes, ...validateJobSpec(spec.jobTemplate.spec, 'spec.jobTemplate.spec')];
}

export const CRON_JOBS: Kind<CronJob> = {
  ...batch,
  kind: 'CronJob',
  plural: 'cronjobs',
  shortNames: ['cj'],
  subresources: ['status'],
  schema: SCHEMAS.cronJob,
  columns: [
    { name: 'Name', cell: ({ metadata }) => metadata.name },
    { name: 'Schedule', cell: ({ spec }) => spec.schedule },
    { name: 'Timezone', cell: ({ spec }) => spec.timeZone ?? '<none>' },
    { name: 'Suspend', cell: ({ spec }) => (spec.suspend === true ? 'True' : 'False') },
    { name: 'Active', type: 'integer', cell: ({ status }) => status?.active?.length ?? 0 },
    { name: 'Last Schedule', type: 'date', cell: ({ status }) => status?.lastScheduleTime ?? '' },
  ],
  complete({ spec }) {
    if (!isMap(spec)) return;
    spec.concurrencyPolicy ??= 'Allow';
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
    if (isMap(spec.jobTemplate?.spec)) completeJobSpec(spec.jobTemplate.spec);
  },
  validate: validateCronJob,
};
