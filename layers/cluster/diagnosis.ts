import type { ContainerStatus, Deployment, Pod } from '@gantry/cloud/kubernetes/types.ts';
import type { Hint } from './hint.ts';
import { SIZES } from './pod.ts';
import type { ReleaseSpec } from './spec.ts';
import { startFailure } from './start-failure.ts';

/**
 * The state of a release in the cluster: healthy, permanently unhealthy (with the reason and the pod), or still
 * waiting.
 */
export type Diagnosis =
  | { readonly state: 'healthy' }
  /** `exitCode` is set when the app ended by itself: its last lines may say more. */
  | { readonly state: 'unhealthy'; readonly detail: string; readonly pod?: string; readonly exitCode?: number }
  | {
      readonly state: 'waiting';
      readonly detail: string;
      readonly pod?: string;
      readonly recheckAt?: number;
      /** A notice for people who wait. */
      readonly notice?: string;
    };

const REBUILD = 'If the image is gone, deploy again to rebuild it.';
const ASK = 'Deploy again; if that does not help, ask an operator.';
/** Reasons of a waiting container that do not pass by themselves: the meaning for the app's owner, and advice. */
const STUCK: Readonly<Record<string, readonly [what: string, remedy: string]>> = {
  ImagePullBackOff: ['The image could not be pulled from the registry', REBUILD],
  InvalidImageName: ['The image has no valid name', ASK],
  CreateContainerConfigError: ['The container could not be configured', ASK],
  CreateContainerError: ['The container could not be created', ASK],
  RunContainerError: ['The container could not be started', ASK],
};
const FOREIGN = 'The image is for another processor than the nodes have. Build it for linux/arm64, and deploy again.';
const ROOT =
  'The image runs as root, which apps may not. Name another user by its number in the image (USER 1000), and deploy again.';

/** Messages of nodes and last lines of containers with a known meaning and remedy. */
export function knownDetail(text: string): string | undefined {
  if (/exec format error|no match for platform/.test(text)) return FOREIGN;
  return /container has runAsNonRoot/.test(text) ? ROOT : undefined;
}

/**
 * Diagnoses a release from its objects. `now` is in milliseconds since 1970; only objects of this release may be given. `hint` comes from the Events
 * of a pod that runs and is not ready.
 */
export function diagnose(
  spec: ReleaseSpec,
  deployment: Deployment | undefined,
  pods: readonly Pod[],
  now: number,
  hint?: Hint,
): Diagnosis {
  if (isAvailable(spec, deployment)) return { state: 'healthy' };
  const refusal = refusalOf(deployment);
  if (refusal !== undefined) return { state: 'unhealthy', detail: refusal };
  const found = standing(pods).map((pod) => ofPod(spec, pod, now, hint));
  const waiting = found.find(({ state }) => state === 'waiting');
  return (
    found.find(({ state }) => state === 'unhealthy') ??
    waiting ?? { state: 'waiting', detail: 'The cluster has not started the app yet.' }
  );
}

/**
 * Checks from its objects whether a release that was healthy at `since`, in milliseconds since 1970, still is. It never waits: an unavailable replica
 * is unhealthy.
 */
export function diagnoseServing(
  spec: ReleaseSpec,
  deployment: Deployment | undefined,
  pods: readonly Pod[],
  since: number,
): Diagnosis {
  for (const pod of standing(pods)) {
    const container = pod.status?.containerStatuses?.[0];
    const last = lastEnd(container);
    if (last === undefined || time(last.finishedAt) <= since) continue;
    return { state: 'unhealthy', detail: endWhileServing(spec, last), pod: pod.metadata?.name ?? '' };
  }
  if (isAvailable(spec, deployment)) return { state: 'healthy' };
  const { availableReplicas = 0 } = deployment?.status ?? {};
  const few = `Only ${availableReplicas} of ${spec.replicas} replicas of the app are available.`;
  const silentPod = standing(pods).find((pod) => !isReady(pod))?.metadata?.name;
  return {
    state: 'unhealthy',
    detail: refusalOf(deployment) ?? `${few} ${unanswered(spec)}`,
    ...(silentPod !== undefined && { pod: silentPod }),
  };
}

/** The pods that are not being deleted. */
export function standing(pods: readonly Pod[]): Pod[] {
  return pods.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
}

/** Whether a pod may get requests. */
export function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: held }) => type === 'Ready' && held === 'True') === true;
}

function isAvailable(spec: ReleaseSpec, deployment: Deployment | undefined): boolean {
  const { metadata, status } = deployment ?? {};
  return (
    (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 1) &&
    (status?.availableReplicas ?? 0) >= spec.replicas
  );
}

/** Why the cluster creates no pod for a release, and advice. */
export function refusalOf(deployment: Deployment | undefined): string | undefined {
  const refusal = deployment?.status?.conditions?.find(
    ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
  );
  if (refusal === undefined) return undefined;
  const why = sentence(refusal.message);
  return /exceeded quota/.test(why)
    ? `The environment has no room left for the app: ${why} Remove or shrink a service of the environment, then deploy again.`
    : `The cluster refused to start the app: ${why}`;
}

function ofPod(spec: ReleaseSpec, pod: Pod, now: number, hint: Hint | undefined): Diagnosis {
  const name = pod.metadata?.name ?? '';
  const container = pod.status?.containerStatuses?.[0];
  const detail = stuckDetail(container);
  if (detail !== undefined) return { state: 'unhealthy', detail, pod: name };
  if (container === undefined) return unplaced(pod, name);
  return exitOf(spec, container, name, hint) ?? readiness(spec, container, name, now, hint);
}

/** Why a container will not start by waiting, and advice; undefined if it may. */
export function stuckDetail(container: ContainerStatus | undefined): string | undefined {
  const { waiting } = container?.state ?? {};
  const message = [waiting?.message, container?.state?.terminated?.message, container?.lastState?.terminated?.message]
    .filter((text) => text !== undefined)
    .join(' ');
  const known = knownDetail(message);
  if (known !== undefined) return known;
  const stuck = STUCK[waiting?.reason ?? ''];
  if (stuck === undefined) return undefined;
  const [what, remedy] = stuck;
  return `${what}: ${sentence(waiting?.message)} ${remedy}`;
}

function unplaced(pod: Pod, name: string): Diagnosis {
  const detail = placement(pod);
  return { state: 'waiting', detail, pod: name, ...(!isPlaced(pod) && { notice: detail }) };
}

function isPlaced({ status }: Pod): boolean {
  return status?.conditions?.find(({ type }) => type === 'PodScheduled')?.status !== 'False';
}

/** The reason why a pod without a container waits. */
export function placement(pod: Pod): string {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  return !isPlaced(pod)
    ? `No node has room for the app yet: ${sentence(scheduled?.message)}`
    : 'The app is about to start on a node.';
}

type End = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>;

/** The end of the container's last run. */
export function lastEnd(container: ContainerStatus | undefined): End | undefined {
  return container?.state?.terminated ?? container?.lastState?.terminated;
}

/** An app may exit once, because the cluster restarts it at once. The second exit counts, and the first if its command cannot run. */
function exitOf(
  spec: ReleaseSpec,
  container: ContainerStatus,
  pod: string,
  hint: Hint | undefined,
): Diagnosis | undefined {
  const last = lastEnd(container);
  if (last === undefined) return undefined;
  const exits = container.restartCount + (container.state?.terminated ? 1 : 0);
  const again = exits >= 2 || container.state?.waiting?.reason === 'CrashLoopBackOff';
  if (last.reason === 'OOMKilled') return again ? { state: 'unhealthy', detail: outOfMemory(spec), pod } : undefined;
  const ranMs = time(last.finishedAt) - time(last.startedAt);
  if (spec.port !== null && ranMs >= spec.health.timeoutSeconds * 1000) {
    return { state: 'unhealthy', detail: hint?.detail ?? silent(spec), pod };
  }
  const unstarted = startFailure(last, 'start command', []);
  if (unstarted !== undefined) return { state: 'unhealthy', detail: unstarted, pod, exitCode: last.exitCode };
  if (!again) return undefined;
  const what = spec.kind === 'web' ? 'a web app' : 'a worker';
  const detail = `The app exited with code ${last.exitCode} right after it started. Its last output says why; ${what} must keep running.`;
  return { state: 'unhealthy', detail, pod };
}

/** Exit codes of a process that the node has stopped: 128 and SIGTERM or SIGKILL. */
const STOPPED = [137, 143];

function endWhileServing(spec: ReleaseSpec, { reason, exitCode }: End): string {
  if (reason === 'OOMKilled') return outOfMemory(spec);
  return spec.port !== null && STOPPED.includes(exitCode)
    ? `The app no longer answered for a minute and was started again. ${unanswered(spec)}`
    : `The app exited with code ${exitCode} after it had started well, and was started again. Its last output says why.`;
}

export function outOfMemory({ size }: ReleaseSpec): string {
  return `The app used more memory than it may (${SIZES[size].limits.memory}) and was stopped. Let it use less, or give its service a larger size.`;
}

function readiness(
  spec: ReleaseSpec,
  container: ContainerStatus,
  pod: string,
  now: number,
  hint: Hint | undefined,
): Diagnosis {
  const startedAt = container.state?.running?.startedAt;
  if (startedAt === undefined) return { state: 'waiting', detail: 'The app is starting.', pod };
  if (container.ready) {
    const detail =
      spec.port === null
        ? 'The app has started, and must keep running for a while.'
        : 'The app answers, and the load balancer does not reach it yet.';
    return { state: 'waiting', detail, pod };
  }
  const recheckAt = Math.min(
    time(startedAt) + spec.health.timeoutSeconds * 1000,
    hint?.failsAt ?? Number.POSITIVE_INFINITY,
  );
  if (now >= recheckAt) return { state: 'unhealthy', detail: hint?.detail ?? silent(spec), pod };
  const detail = 'The app runs and does not answer yet.';
  return { state: 'waiting', detail, pod, recheckAt, ...(hint && { notice: hint.detail }) };
}

function silent({ health }: ReleaseSpec): string {
  const within = `within ${health.timeoutSeconds} s`;
  return health.path === null
    ? `The app does not listen on $PORT ${within}. Make it listen on the port that the variable PORT names, ` +
        'on 0.0.0.0, or allow it more time to start.'
    : `The app does not answer GET ${health.path} on $PORT with a status from 200 to 399 ${within}. ` +
        'Make it listen on the port that the variable PORT names, on 0.0.0.0, and answer that path, or allow it more time to start.';
}

/** Advice for an app that had started and stopped answering. */
export function unanswered({ port, health }: ReleaseSpec): string {
  if (port === null) return 'Its last output may say why.';
  const check = health.path === null ? 'accepts connections on $PORT' : `answers GET ${health.path} on $PORT`;
  return `Look at its output for why, and make sure that it always ${check} within 3 s.`;
}

/** The client returns dates in lists, and text in events of a watch. */
export function time(instant: Date | string | undefined): number {
  return instant === undefined ? 0 : new Date(instant).getTime();
}

function sentence(message: string | undefined): string {
  const text = (message ?? '').trim().slice(0, 500);
  if (text === '') return 'the cluster gives no reason.';
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
