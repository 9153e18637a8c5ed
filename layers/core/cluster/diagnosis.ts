import type { ContainerStatus, Deployment, Pod } from '@gantry/cloud/kubernetes/types.ts';
import type { ReleaseSpec } from './spec.ts';

/** What the cluster's state says of a release: it serves, it never will (why, and in which pod), or it may yet. */
export type Diagnosis =
  | { readonly state: 'healthy' }
  | { readonly state: 'unhealthy'; readonly detail: string; readonly pod?: string }
  | { readonly state: 'waiting'; readonly detail: string; readonly pod?: string; readonly recheckAt?: number };

/** Reasons of a waiting container that do not pass by themselves, and what each means to the app's owner. */
const STUCK: Readonly<Record<string, string>> = {
  ImagePullBackOff: 'The image could not be pulled from the registry',
  InvalidImageName: 'The image has no valid name',
  CreateContainerConfigError: 'The container could not be configured',
  CreateContainerError: 'The container could not be created',
  RunContainerError: 'The container could not be started',
};

/** Reads a release's state off its objects. `now` is in milliseconds since 1970; only objects of this release may be given. */
export function diagnose(
  spec: ReleaseSpec,
  deployment: Deployment | undefined,
  pods: readonly Pod[],
  now: number,
): Diagnosis {
  if (isAvailable(spec, deployment)) return { state: 'healthy' };
  const refusal = deployment?.status?.conditions?.find(
    (condition) => condition.type === 'ReplicaFailure' && condition.status === 'True',
  );
  if (refusal) {
    return { state: 'unhealthy', detail: `The cluster refused to start the app: ${sentence(refusal.message)}` };
  }
  const found = pods.filter((pod) => pod.metadata?.deletionTimestamp === undefined).map((pod) => ofPod(spec, pod, now));
  const waiting = found.find(({ state }) => state === 'waiting');
  return (
    found.find(({ state }) => state === 'unhealthy') ??
    waiting ?? { state: 'waiting', detail: 'The cluster has not started the app yet.' }
  );
}

function isAvailable(spec: ReleaseSpec, deployment: Deployment | undefined): boolean {
  const { metadata, status } = deployment ?? {};
  return (
    (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 1) &&
    (status?.availableReplicas ?? 0) >= spec.replicas
  );
}

function ofPod(spec: ReleaseSpec, pod: Pod, now: number): Diagnosis {
  const name = pod.metadata?.name ?? '';
  const container = pod.status?.containerStatuses?.[0];
  const waiting = container?.state?.waiting;
  const stuck = STUCK[waiting?.reason ?? ''];
  if (stuck !== undefined) return { state: 'unhealthy', detail: `${stuck}: ${sentence(waiting?.message)}`, pod: name };
  if (container === undefined) return { state: 'waiting', detail: placement(pod), pod: name };
  return exitOf(spec, container, name) ?? readiness(spec, container, name, now);
}

function placement(pod: Pod): string {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  return scheduled?.status === 'False'
    ? `No node has room for the app yet: ${sentence(scheduled.message)}`
    : 'The app is about to start on a node.';
}

/** An app may exit once: it is started again at once. The second exit is held against it. */
function exitOf(spec: ReleaseSpec, container: ContainerStatus, pod: string): Diagnosis | undefined {
  const last = container.state?.terminated ?? container.lastState?.terminated;
  if (last === undefined) return undefined;
  const ranMs = time(last.finishedAt) - time(last.startedAt);
  if (ranMs >= spec.health.timeoutSeconds * 1000) return { state: 'unhealthy', detail: silent(spec), pod };
  const exits = container.restartCount + (container.state?.terminated ? 1 : 0);
  if (exits < 2 && container.state?.waiting?.reason !== 'CrashLoopBackOff') return undefined;
  const detail =
    last.reason === 'OOMKilled'
      ? 'The app used more memory than it may and was stopped. Let it use less.'
      : `The app exited with code ${last.exitCode} right after it started. Its last output says why; a web app must keep running.`;
  return { state: 'unhealthy', detail, pod };
}

function readiness(spec: ReleaseSpec, container: ContainerStatus, pod: string, now: number): Diagnosis {
  const startedAt = container.state?.running?.startedAt;
  if (container.ready || startedAt === undefined) return { state: 'waiting', detail: 'The app is starting.', pod };
  const recheckAt = time(startedAt) + spec.health.timeoutSeconds * 1000;
  if (now >= recheckAt) return { state: 'unhealthy', detail: silent(spec), pod };
  return { state: 'waiting', detail: 'The app runs and does not answer yet.', pod, recheckAt };
}

function silent({ health }: ReleaseSpec): string {
  return health.path === null
    ? `The app does not listen on $PORT within ${health.timeoutSeconds} s. Make it listen on the port that the variable PORT names, ` +
        'on 0.0.0.0, or allow it more time to start.'
    : `The app does not answer GET ${health.path} on $PORT with a status from 200 to 399 within ${health.timeoutSeconds} s. ` +
        'Make it listen on the port that the variable PORT names, on 0.0.0.0, and answer that path, or allow it more time to start.';
}

/** The client gives dates in lists, and text in events of a watch. */
function time(instant: Date | string | undefined): number {
  return instant === undefined ? 0 : new Date(instant).getTime();
}

function sentence(message: string | undefined): string {
  const text = (message ?? '').trim().slice(0, 500);
  if (text === '') return 'the cluster gives no reason.';
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
