import { get, list } from '@gantry/cloud/kubernetes/objects.ts';
import type { Deployment, Pod } from '@gantry/cloud/kubernetes/types.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import { type Diagnosis, diagnose, diagnoseServing, knownDetail } from './diagnosis.ts';
import type { Hint } from './hint.ts';
import { inspect } from './hints.ts';
import { RELEASE } from './names.ts';
import { workloadName } from './releases.ts';
import { lastLines, settle } from './settle.ts';
import type { ReleaseSpec } from './spec.ts';
import { startFailure } from './start-failure.ts';

export type Health =
  | { readonly healthy: true }
  | { readonly healthy: false; readonly detail: string; readonly lines: readonly string[] };

/**
 * Watches a release until all its replicas are available, or it is plain that they will not be, at most `remainingMs` milliseconds. The
 * answer for an unhealthy one is a sentence to act on and the app's last lines of output, at most 20. A cron service runs later: it is
 * healthy once it is there. `notify` is told what keeps it from being healthy, as soon as that is known.
 */
export async function watchRelease(
  spec: ReleaseSpec,
  remainingMs: number,
  notify?: (notice: string) => void,
): Promise<Health> {
  if (spec.kind === 'cron') return isThere(spec);
  const watched = {
    namespace: toKubernetesName(spec.environmentId),
    labels: { [RELEASE]: spec.releaseId },
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments' },
  };
  const judge = (found: Deployment | undefined, pods: readonly Pod[], hint?: Hint) =>
    diagnose(spec, found, pods, Date.now(), hint);
  const beside = { inspect: (pods: readonly Pod[]) => inspect(spec, pods), ...(notify && { notify }) };
  const end = await settle<Deployment>(watched, judge, remainingMs, beside);
  if (end.state === 'healthy') return { healthy: true };
  const detail =
    end.state === 'waiting' ? `The release did not become healthy in the time it has. ${end.detail}` : end.detail;
  const lines = await lastLines(spec, end.pod);
  const exitCode = end.state === 'unhealthy' ? end.exitCode : undefined;
  const known =
    knownDetail(lines.at(-1) ?? '') ??
    (exitCode === undefined ? undefined : startFailure({ exitCode }, 'start command', lines));
  return { healthy: false, detail: known ?? detail, lines };
}

async function isThere(spec: ReleaseSpec): Promise<Health> {
  if ((await get(workloadName(spec))) !== undefined) return { healthy: true };
  return { healthy: false, detail: 'The cluster does not have the schedule of this release. Deploy again.', lines: [] };
}

/**
 * One look at a release that serves: whether all its replicas are available and none was started again since `since`, in milliseconds
 * since 1970: the time at which it was found healthy.
 */
export async function checkHealth(spec: ReleaseSpec, since = 0): Promise<Diagnosis> {
  if (spec.kind === 'cron') return { state: 'healthy' };
  const [deployment, { items }] = await Promise.all([
    get<Deployment>(workloadName(spec)),
    list<Pod>(
      { apiVersion: 'v1', kind: 'Pod', namespace: toKubernetesName(spec.environmentId) },
      { [RELEASE]: spec.releaseId },
    ),
  ]);
  return diagnoseServing(spec, deployment, items, since);
}
