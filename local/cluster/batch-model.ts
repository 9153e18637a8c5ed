import type { Condition, Fields, KubeObject, LabelSelector, PodTemplate } from './model.ts';

/** Labels of a Job's pods (kubernetes.io/docs/reference/labels-annotations-taints). */
export const CONTROLLER_UID = 'batch.kubernetes.io/controller-uid';
export const JOB_NAME = 'batch.kubernetes.io/job-name';
/** The finalizer that keeps a pod until its end is counted. */
export const TRACKING = 'batch.kubernetes.io/job-tracking';
/** The annotation with the due time of a CronJob's run. */
export const SCHEDULED_AT = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

export interface JobSpec extends Fields {
  parallelism?: number;
  /** Null if one success is enough: the pods work on their own queue. */
  completions?: number | null;
  backoffLimit?: number;
  activeDeadlineSeconds?: number;
  ttlSecondsAfterFinished?: number;
  selector?: LabelSelector;
  template: PodTemplate;
}

export interface JobCondition extends Condition {
  lastProbeTime?: string;
}

export interface JobStatus {
  startTime?: string;
  completionTime?: string;
  active?: number;
  ready?: number;
  terminating?: number;
  succeeded?: number;
  failed?: number;
  /** Ended pods with the job's finalizer: they are counted once it is gone. */
  uncountedTerminatedPods?: { succeeded?: string[]; failed?: string[] };
  conditions?: JobCondition[];
}

export interface Job extends KubeObject {
  spec: JobSpec;
  status?: JobStatus;
}

export interface ObjectReference {
  apiVersion: string;
  kind: string;
  namespace: string;
  name: string;
  uid: string;
}

export interface CronJob extends KubeObject {
  spec: {
    schedule: string;
    timeZone?: string;
    concurrencyPolicy?: 'Allow' | 'Forbid' | 'Replace';
    startingDeadlineSeconds?: number;
    suspend?: boolean;
    successfulJobsHistoryLimit?: number;
    failedJobsHistoryLimit?: number;
    jobTemplate: { metadata?: PodTemplate['metadata']; spec: JobSpec };
  };
  status?: { active?: ObjectReference[]; lastScheduleTime?: string; lastSuccessfulTime?: string };
}
