import { setTimeout as sleep } from 'node:timers/promises';
import { create, get, remove } from '@gantry/cloud/kubernetes/objects.ts';
import type { Job, Pod } from '@gantry/cloud/kubernetes/types.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import { type Diagnosis, knownDetail, lastEnd, outOfMemory, placement, stuckDetail, time } from './diagnosis.ts';
import { generationOf } from './guarded.ts';
import { FIELD_MANAGER, JOB, nameIn, releaseCommandName, serviceLabels } from './names.ts';
import { releaseMetadata } from './objects.ts';
import { podTemplate } from './pod.ts';
import { stageRelease } from './releases.ts';
import { type ClusterSettings, clusterSettings } from './settings.ts';
import { lastLines, settle } from './settle.ts';
import type { ReleaseSpec } from './spec.ts';
import { startFailure } from './start-failure.ts';

/** The default time limit of a release command, in seconds. */
const DEFAULT_SECONDS = 600;
/** The cluster stops a command this many seconds after its watch gave up, even when nothing watches any more. */
const SPARE_SECONDS = 10;
/** The Job of a finished command must stay as long as its deployment can be redriven, which is two weeks. */
const KEPT_SECONDS = 15 * 24 * 3600;
/** How long the cluster may take to delete the Job of an earlier attempt, in milliseconds. */
const REMOVAL_MS = 5_000;
const POLL_MS = 200;
/** A Job and its pod are watched apart: the pod's end may be reported this much later than the Job's failure, in milliseconds. */
const POD_LATE_MS = 3_000;

export type CommandOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly detail: string; readonly lines: readonly string[] };

/**
 * Starts a release's command, with the release's image, variables and rights. It runs once: if it runs or has succeeded, nothing starts until
 * `removeRelease`. A failed one runs again for a newer generation. Throws Superseded when a newer generation has written the release, and Unavailable
 * when the cluster does not delete the failed one in time.
 */
export async function startReleaseCommand(spec: ReleaseSpec): Promise<void> {
  const settings = await clusterSettings();
  if (spec.releaseCommand === undefined) return;
  await stageRelease(spec, settings);
  const job = jobOf(spec, spec.releaseCommand, settings);
  for (const deadline = Date.now() + REMOVAL_MS; ; await sleep(POLL_MS)) {
    if (await startOnce(job, spec)) return;
    if (Date.now() < deadline) continue;
    throw new GantryError('Unavailable', `The cluster still removes Job ${job.metadata?.name}. Try again.`);
  }
}

/** Answers whether the command has a run, started now or before. */
async function startOnce(job: Job, spec: ReleaseSpec): Promise<boolean> {
  try {
    await create(job, FIELD_MANAGER);
    return true;
  } catch (error) {
    if (!(error instanceof GantryError && error.kind === 'Conflict')) throw error;
  }
  const name = { ...nameIn(spec.environmentId, 'batch/v1', 'Job', spec.releaseId), name: job.metadata?.name ?? '' };
  const present = await get<Job>(name);
  if (present === undefined || present.metadata?.deletionTimestamp !== undefined) return false;
  const isEarlier = generationOf({ ...(present.metadata && { metadata: present.metadata }) }) < spec.generation;
  if (!(isEarlier && holds(present, 'Failed'))) return true;
  await remove(name);
  return false;
}

/**
 * Watches a started command to its end, at most `remainingMs` milliseconds or as long as the release allows. For a failed or hanging command it
 * answers a sentence with advice and at most 20 last lines of output. A repeat answers the same.
 */
export async function watchReleaseCommand(spec: ReleaseSpec, remainingMs: number): Promise<CommandOutcome> {
  if (spec.releaseCommand === undefined) return { ok: true };
  const limitMs = Math.min(remainingMs, secondsOf(spec) * 1000);
  const watched = {
    namespace: toKubernetesName(spec.environmentId),
    labels: { [JOB]: spec.releaseId },
    ...{ apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs' },
  };
  const end = await settle<Job>(watched, (job, pods) => diagnoseCommand(spec, job, pods, Date.now()), limitMs);
  if (end.state === 'healthy') return { ok: true };
  const detail = end.state === 'waiting' ? `${end.detail} ${hangs(Math.round(limitMs / 1000))}` : end.detail;
  const lines = await lastLines(spec, end.pod);
  const exitCode = end.state === 'unhealthy' ? end.exitCode : undefined;
  const known =
    knownDetail(lines.at(-1) ?? '') ??
    (exitCode === undefined ? undefined : startFailure({ exitCode }, 'release command', lines));
  return { ok: false, detail: known ?? detail, lines };
}

function secondsOf({ commandTimeoutSeconds = DEFAULT_SECONDS }: ReleaseSpec): number {
  return commandTimeoutSeconds;
}

function holds(job: Job | undefined, type: string) {
  return job?.status?.conditions?.find((each) => each.type === type && each.status === 'True');
}

/** The pods lack the release's label, so that neither its Deployment nor its Service counts them. */
export function jobOf(spec: ReleaseSpec, command: string, settings: ClusterSettings): Job {
  const { namespace, labels, annotations } = releaseMetadata(spec);
  const mark = { [JOB]: spec.releaseId };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: releaseCommandName(spec.releaseId), namespace, labels: { ...labels, ...mark }, annotations },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: secondsOf(spec) + SPARE_SECONDS,
      ttlSecondsAfterFinished: KEPT_SECONDS,
      template: podTemplate(spec, { labels: { ...serviceLabels(spec), ...mark }, command, once: true }, settings),
    },
  };
}

/** Diagnoses a release command from its Job and pods. `now` is in milliseconds since 1970. */
export function diagnoseCommand(spec: ReleaseSpec, job: Job | undefined, pods: readonly Pod[], now: number): Diagnosis {
  if (holds(job, 'Complete') !== undefined) return { state: 'healthy' };
  const [pod] = pods;
  const container = pod?.status?.containerStatuses?.[0];
  const where = pod?.metadata?.name === undefined ? {} : { pod: pod.metadata.name };
  const stuck = stuckDetail(container);
  if (stuck !== undefined) return { state: 'unhealthy', detail: stuck, ...where };
  const failed = holds(job, 'Failed') ?? holds(job, 'FailureTarget');
  if (failed === undefined) return { state: 'waiting', detail: waitsFor(pod), ...where };
  if (failed.reason === 'DeadlineExceeded') {
    return { state: 'unhealthy', detail: hangs(job?.spec?.activeDeadlineSeconds ?? 0), ...where };
  }
  const end = lastEnd(container);
  const recheckAt = time(failed.lastTransitionTime) + POD_LATE_MS;
  if (end === undefined && now < recheckAt)
    return { state: 'waiting', detail: 'The release command has failed.', recheckAt, ...where };
  if (end?.reason === 'OOMKilled') return { state: 'unhealthy', detail: outOfMemory(spec), ...where };
  const exited = end && { exitCode: end.exitCode };
  const how = end === undefined ? 'was stopped by the cluster' : `failed with exit code ${end.exitCode}`;
  const detail = `The release command ${how}, so that the release was not started. Its last output says why.`;
  return { state: 'unhealthy', detail, ...where, ...exited };
}

function waitsFor(pod: Pod | undefined): string {
  if (pod === undefined) return 'The cluster has not started the release command.';
  const container = pod.status?.containerStatuses?.[0];
  return container === undefined ? placement(pod) : 'The release command is running.';
}

function hangs(seconds: number): string {
  return `The release command did not end within ${seconds} s and is stopped. Make it end by itself, without waiting for input.`;
}
