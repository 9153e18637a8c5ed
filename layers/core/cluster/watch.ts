import { follow } from '@gantry/cloud/kubernetes/follow.ts';
import { podLogTail } from '@gantry/cloud/kubernetes/pods.ts';
import type { Deployment, Pod } from '@gantry/cloud/kubernetes/types.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import { type Diagnosis, diagnose } from './diagnosis.ts';
import type { ReleaseSpec } from './spec.ts';

/** How many lines of the app's output a failure carries. */
const LINES = 20;
/** How many characters of each, so that a reason fits into a frame and a state machine's payload. */
const LINE_LENGTH = 1_000;

export type Health =
  | { readonly healthy: true }
  | { readonly healthy: false; readonly detail: string; readonly lines: readonly string[] };

/**
 * Watches a release until all its replicas are available, or it is plain that they will not be, at most `remainingMs` milliseconds. The
 * answer for an unhealthy one is a sentence to act on and the app's last lines of output, at most 20.
 */
export async function watchRelease(spec: ReleaseSpec, remainingMs: number): Promise<Health> {
  const end = await settle(spec, remainingMs);
  if (end.state === 'healthy') return { healthy: true };
  const detail =
    end.state === 'waiting' ? `The release did not become healthy in the time it has. ${end.detail}` : end.detail;
  return { healthy: false, detail, lines: end.pod === undefined ? [] : await lastLines(spec, end.pod) };
}

/** Follows the Deployment and its pods until the diagnosis is final or the time is up; then answers the last diagnosis. */
async function settle(spec: ReleaseSpec, remainingMs: number): Promise<Diagnosis> {
  const stop = new AbortController();
  const settled = Promise.withResolvers<Diagnosis>();
  let deployment: Deployment | undefined;
  let pods: readonly Pod[] = [];
  let last: Diagnosis = { state: 'waiting', detail: 'The cluster has not started the app yet.' };
  let recheck: NodeJS.Timeout | undefined;
  const judge = () => {
    clearTimeout(recheck);
    last = diagnose(spec, deployment, pods, Date.now());
    if (last.state !== 'waiting') settled.resolve(last);
    else if (last.recheckAt !== undefined) recheck = setTimeout(judge, Math.max(0, last.recheckAt - Date.now()));
  };
  const followed = {
    namespace: toKubernetesName(spec.environmentId),
    labels: { 'gantry.dev/release': spec.releaseId },
  };
  const deadline = setTimeout(() => settled.resolve(last), remainingMs);
  const deployments = { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments', ...followed };
  follow<Deployment>(deployments, stop.signal, ([found]) => {
    deployment = found;
    judge();
  }).catch(settled.reject);
  follow<Pod>({ apiVersion: 'v1', kind: 'Pod', plural: 'pods', ...followed }, stop.signal, (found) => {
    pods = found;
    judge();
  }).catch(settled.reject);
  try {
    return await settled.promise;
  } finally {
    stop.abort();
    clearTimeout(deadline);
    clearTimeout(recheck);
  }
}

/** What the container printed last, its run before included; nothing where that cannot be read: the reason stands without it. */
async function lastLines(spec: ReleaseSpec, pod: string): Promise<string[]> {
  const tail = (previous: boolean) =>
    podLogTail({
      namespace: toKubernetesName(spec.environmentId),
      pod,
      container: toKubernetesName(spec.serviceId),
      lines: LINES,
      previous,
    }).catch((): string[] => []);
  const [before, current] = await Promise.all([tail(true), tail(false)]);
  return [...before, ...current].slice(-LINES).map((line) => line.slice(0, LINE_LENGTH));
}
