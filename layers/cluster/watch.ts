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
 * Watches a release until all replicas are available, or clearly will not be, at most `remainingMs` milliseconds. For an unhealthy one it answers a
 * sentence with advice and at most 20 last lines of output. A cron service runs later: it is healthy once it exists. `notify` gets the obstacle to
 * its health as soon as it is known.
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
 * One look at a live release: whether all its replicas are available and none was restarted since `since`, in milliseconds since 1970, when it was
 * found healthy.
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
