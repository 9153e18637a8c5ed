import { create, get } from '@gantry/cloud/kubernetes/objects.ts';
import type { Job, Pod } from '@gantry/cloud/kubernetes/types.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import { type Diagnosis, knownDetail, lastEnd, outOfMemory, placement, stuckDetail } from './diagnosis.ts';
import { FIELD_MANAGER, JOB, releaseCommandName, serviceLabels } from './names.ts';
import { releaseMetadata } from './objects.ts';
import { podTemplate } from './pod.ts';
import { stageRelease } from './releases.ts';
import { type ClusterSettings, clusterSettings } from './settings.ts';
import { lastLines, settle } from './settle.ts';
import type { ReleaseSpec } from './spec.ts';

/** The longest that a release command may run, in milliseconds. */
const LONGEST_MS = 10 * 60_000;
/** The cluster stops a command so many seconds after the watch gave up, also where nobody watches any more. */
const SPARE_SECONDS = 10;
/** A command that has run must be known to have for as long as its deployment may be taken up again, which is two weeks. */
const KEPT_SECONDS = 15 * 24 * 3600;

export type CommandOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly detail: string; readonly lines: readonly string[] };

/**
 * Runs a release's command to its end, at most `remainingMs` milliseconds or ten minutes, with the release's image, variables and rights.
 * It is run once: a repeat watches the run that is under way, or answers as the one that has ended did, until `removeRelease`. The answer
 * for a failed one is a sentence to act on and its last lines of output, at most 20.
 */
export async function runReleaseCommand(
  spec: ReleaseSpec,
  remainingMs: number,
  settings = clusterSettings(),
): Promise<CommandOutcome> {
  if (spec.releaseCommand === undefined) return { ok: true };
  await stageRelease(spec, settings);
  const limitMs = Math.min(remainingMs, LONGEST_MS);
  await startOnce(jobOf(spec, spec.releaseCommand, limitMs, settings));
  const watched = {
    namespace: toKubernetesName(spec.environmentId),
    labels: { [JOB]: spec.releaseId },
    ...{ apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs' },
  };
  const end = await settle<Job>(watched, (job, pods) => diagnoseCommand(spec, job, pods), limitMs);
  if (end.state === 'healthy') return { ok: true };
  const detail = end.state === 'waiting' ? `${end.detail} ${hangs(Math.round(limitMs / 1000))}` : end.detail;
  const lines = await lastLines(spec, end.pod);
  return { ok: false, detail: knownDetail(lines.at(-1) ?? '') ?? detail, lines };
}

/** A Job of the name that is there already is the same run: what it runs never changes. */
async function startOnce(job: Job): Promise<void> {
  try {
    await create(job, FIELD_MANAGER);
  } catch (error) {
    if (!(error instanceof GantryError && error.kind === 'Conflict')) throw error;
    const { name = '', namespace = '' } = job.metadata ?? {};
    const present = await get<Job>({ apiVersion: 'batch/v1', kind: 'Job', name, namespace });
    if (present?.metadata?.deletionTimestamp === undefined) return;
    throw new GantryError('Unavailable', `The cluster still removes Job ${name}. Try again.`, [], { cause: error });
  }
}

/** The pods carry no label of the release, so that they count neither for its Deployment nor for its Service. */
function jobOf(spec: ReleaseSpec, command: string, limitMs: number, settings: ClusterSettings): Job {
  const { namespace, labels, annotations } = releaseMetadata(spec);
  const mark = { [JOB]: spec.releaseId };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: releaseCommandName(spec.releaseId), namespace, labels: { ...labels, ...mark }, annotations },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: Math.ceil(limitMs / 1000) + SPARE_SECONDS,
      ttlSecondsAfterFinished: KEPT_SECONDS,
      template: podTemplate(spec, { labels: { ...serviceLabels(spec), ...mark }, command, once: true }, settings),
    },
  };
}

/** Reads a release command's state off its Job and pods. */
export function diagnoseCommand(spec: ReleaseSpec, job: Job | undefined, pods: readonly Pod[]): Diagnosis {
  const condition = (type: string) =>
    job?.status?.conditions?.find((each) => each.type === type && each.status === 'True');
  if (condition('Complete') !== undefined) return { state: 'healthy' };
  const [pod] = pods;
  const container = pod?.status?.containerStatuses?.[0];
  const where = pod?.metadata?.name === undefined ? {} : { pod: pod.metadata.name };
  const stuck = stuckDetail(container);
  if (stuck !== undefined) return { state: 'unhealthy', detail: stuck, ...where };
  const failed = condition('Failed') ?? condition('FailureTarget');
  if (failed === undefined) return { state: 'waiting', detail: waitsFor(pod), ...where };
  if (failed.reason === 'DeadlineExceeded') {
    return { state: 'unhealthy', detail: hangs(job?.spec?.activeDeadlineSeconds ?? 0), ...where };
  }
  const end = lastEnd(container);
  if (end?.reason === 'OOMKilled') return { state: 'unhealthy', detail: outOfMemory(spec), ...where };
  const how = end === undefined ? 'was stopped by the cluster' : `failed with exit code ${end.exitCode}`;
  const detail = `The release command ${how}, so that the release was not started. Its last output says why.`;
  return { state: 'unhealthy', detail, ...where };
}

function waitsFor(pod: Pod | undefined): string {
  if (pod === undefined) return 'The cluster has not started the release command.';
  const container = pod.status?.containerStatuses?.[0];
  return container === undefined ? placement(pod) : 'The release command is running.';
}

function hangs(seconds: number): string {
  return `The release command did not end within ${seconds} s and is stopped. Make it end by itself, without waiting for input.`;
}
