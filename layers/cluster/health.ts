import { get, list } from '@gantry/cloud/kubernetes/objects.ts';
import type { ContainerStatus, CronJob, Deployment, Job, Pod } from '@gantry/cloud/kubernetes/types.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import type { HealthState, InstanceHealth } from '@gantry/contract/schemas/health.ts';
import {
  isReady,
  lastEnd,
  outOfMemory,
  placement,
  refusalOf,
  standing,
  stuckDetail,
  time,
  unanswered,
} from './diagnosis.ts';
import { containerOf, type Ended, endOf, endText } from './exits.ts';
import { RELEASE } from './names.ts';
import { workloadName } from './releases.ts';
import type { ReleaseSpec } from './spec.ts';

/** An app that ran this long since its last exit no longer counts as crashing, in milliseconds. */
const STEADY_MS = 60_000;
/** After a run of this length the cluster restarts an app at once: its exit begins no loop. */
const LONG_RUN_MS = 600_000;
/**
 * A restarted replica counts as serving after this time, and an unready one counts for this time, so that a flapping replica is not reported at each
 * turn.
 */
const RESTARTED_MS = 10_000;
const UNREADY_MS = 5_000;
/** How soon to look again while a change is expected, and while a problem lasts. */
const SOON_MS = 3_000;
const LATER_MS = 60_000;

/** The state of a live release in the cluster. */
export interface Observation {
  readonly state: HealthState;
  /** The problem, and its remedy. */
  readonly detail?: string | undefined;
  readonly running: number;
  readonly wanted: number;
  readonly restarts: number;
  /** The last exit of each replica, oldest first. */
  readonly exits: readonly Ended[];
  readonly lastRun?: NonNullable<InstanceHealth['lastRun']>;
  /** When to look again, in milliseconds; undefined when the cluster's events report changes. */
  readonly lookInMs?: number;
}

/** Looks at a live release once. `now` is in milliseconds since 1970. */
export async function observeRelease(spec: ReleaseSpec, now: number): Promise<Observation> {
  const namespace = toKubernetesName(spec.environmentId);
  const labels = { [RELEASE]: spec.releaseId };
  const isCron = spec.kind === 'cron';
  const [workload, { items: pods }, { items: jobs }] = await Promise.all([
    get<Deployment & CronJob>(workloadName(spec)),
    list<Pod>({ apiVersion: 'v1', kind: 'Pod', namespace }, labels),
    isCron ? list<Job>({ apiVersion: 'batch/v1', kind: 'Job', namespace }, labels) : { items: [] },
  ]);
  if (workload === undefined) return MISSING;
  return isCron ? observeSchedule(workload, jobs, pods) : observeReplicas(spec, workload, pods, now);
}

const MISSING: Observation = {
  state: 'unknown',
  detail: 'The cluster does not have the live release. Gantry puts it back within some minutes.',
  ...{ running: 0, wanted: 0, restarts: 0, exits: [] },
};

/** The health of a release's replicas, from its objects. `now` is in milliseconds since 1970. */
export function observeReplicas(
  spec: ReleaseSpec,
  deployment: Deployment,
  pods: readonly Pod[],
  now: number,
): Observation {
  const wanted = deployment.spec?.replicas ?? 0;
  const present = standing(pods);
  const running = present.filter(isReady).length;
  const exits = present.flatMap(endOf).sort((a, b) => time(a.at) - time(b.at));
  const restarts = present.reduce((sum, pod) => sum + (containerOf(pod)?.restartCount ?? 0), 0);
  const found = { running, wanted, restarts, exits };
  if (wanted === 0) return { ...found, state: 'stopped' };
  const looping = present.filter((pod) => isLooping(containerOf(pod), now));
  if (looping.length > 0)
    return { ...found, state: 'crashing', detail: loopText(spec, exits), lookInMs: untilSteady(looping, now) };
  const serving = present.filter((pod) => serves(pod, now));
  const isUnsettled = serving.some((pod) => !isReady(pod));
  if (serving.length >= Math.min(wanted, spec.scaling.minReplicas))
    return { ...found, state: 'healthy', ...(isUnsettled && { lookInMs: UNREADY_MS }) };
  const trouble = troubleOf(spec, deployment, present);
  if (trouble === undefined) return { ...found, state: 'starting', detail: delayOf(present), lookInMs: SOON_MS };
  const few = `${running} of ${wanted} ${wanted === 1 ? 'instance is' : 'instances are'} ready.`;
  return { ...found, state: 'degraded', detail: `${few} ${trouble}`, lookInMs: SOON_MS };
}

/** A container that ended twice within ten minutes, and has not run for a minute since. */
function isLooping(container: ContainerStatus | undefined, now: number): boolean {
  const end = lastEnd(container);
  if (container === undefined || end === undefined) return false;
  if (container.state?.waiting?.reason === 'CrashLoopBackOff') return true;
  const exits = container.restartCount + (container.state?.terminated ? 1 : 0);
  if (exits < 2 || time(end.finishedAt) - time(end.startedAt) >= LONG_RUN_MS) return false;
  const startedAt = container.state?.running?.startedAt;
  return startedAt === undefined || now - time(startedAt) < STEADY_MS;
}

/** The cluster has an event for a restart, and none for an app that keeps running. */
function untilSteady(looping: readonly Pod[], now: number): number {
  const waits = looping.map((pod) => {
    const startedAt = containerOf(pod)?.state?.running?.startedAt;
    return startedAt === undefined ? LATER_MS : time(startedAt) + STEADY_MS - now;
  });
  return Math.max(SOON_MS, Math.min(...waits));
}

/** Whether a replica counts as serving: still for a moment after its last answer, and not at once after a restart. */
function serves(pod: Pod, now: number): boolean {
  const container = containerOf(pod);
  const startedAt = container?.state?.running?.startedAt;
  if (startedAt === undefined) return false;
  if (isReady(pod)) return lastEnd(container) === undefined || now - time(startedAt) >= RESTARTED_MS;
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  return (
    container?.started === true &&
    lastEnd(container) === undefined &&
    now - time(ready?.lastTransitionTime) < UNREADY_MS
  );
}

/** Why existing or wanted replicas are not ready; undefined when they only start. */
function troubleOf(spec: ReleaseSpec, deployment: Deployment, pods: readonly Pod[]): string | undefined {
  const refusal = refusalOf(deployment);
  if (refusal !== undefined) return refusal;
  for (const pod of pods) {
    const container = containerOf(pod);
    const [end] = endOf(pod);
    const stuck = stuckDetail(container);
    if (stuck !== undefined) return stuck;
    if (end !== undefined) return end.reason === 'out-of-memory' ? outOfMemory(spec) : `The app ${endText(end)}.`;
    if (container?.started === true && !isReady(pod)) return `The app does not answer. ${unanswered(spec)}`;
  }
  return undefined;
}

function delayOf(pods: readonly Pod[]): string | undefined {
  const waiting = pods.find((pod) => containerOf(pod) === undefined);
  return waiting && placement(waiting);
}

function loopText(spec: ReleaseSpec, exits: readonly Ended[]): string {
  const last = exits.at(-1);
  if (last === undefined) return 'The app exits again and again.';
  if (last.reason === 'out-of-memory') return outOfMemory(spec);
  return `The app exits again and again. Last time it ${endText(last)}. Its last output may say why.`;
}

/** The health of a cron service: by its newest run. */
function observeSchedule(cronJob: CronJob, jobs: readonly Job[], pods: readonly Pod[]): Observation {
  const exits = pods.flatMap(endOf).filter(({ code }) => code !== 0);
  const running = jobs.filter((job) => endOfRun(job) === undefined).length;
  const found = { running, wanted: 0, restarts: 0, exits: exits.sort((a, b) => time(a.at) - time(b.at)) };
  const [newest] = [...jobs].sort((a, b) => time(b.metadata?.creationTimestamp) - time(a.metadata?.creationTimestamp));
  if (newest === undefined) return { ...found, state: cronJob.spec?.suspend === false ? 'healthy' : 'stopped' };
  const end = endOfRun(newest);
  const startedAt = new Date(time(newest.status?.startTime ?? newest.metadata?.creationTimestamp)).toISOString();
  const lastRun = { startedAt, endedAt: end?.at ?? null, succeeded: end?.succeeded ?? null };
  if (cronJob.spec?.suspend !== false) return { ...found, lastRun, state: 'stopped' };
  if (end?.succeeded !== false) return { ...found, lastRun, state: 'healthy' };
  const last = exits.at(-1);
  const how = last === undefined ? 'failed' : endText(last);
  return { ...found, lastRun, state: 'degraded', detail: `The last run ${how}. Its output may say why.` };
}

function endOfRun({ status }: Job): { readonly at: string; readonly succeeded: boolean } | undefined {
  const end = status?.conditions?.find(
    ({ type, status: held }) => (type === 'Complete' || type === 'Failed') && held === 'True',
  );
  if (end === undefined) return undefined;
  return { at: new Date(time(end.lastTransitionTime)).toISOString(), succeeded: end.type === 'Complete' };
}
