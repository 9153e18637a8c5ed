import { isDeepStrictEqual } from 'node:util';
import { get, listAll, tryApply } from '@gantry/cloud/kubernetes/objects.ts';
import type { CronJob, Deployment, HttpRoute, KubernetesObject } from '@gantry/cloud/kubernetes/types.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { FIELD_MANAGER, SERVICE, SPEC_HASH } from './names.ts';
import { releaseObjects, type Workload } from './objects.ts';
import { presentCronJob, presentDeployment, type RunningRelease, settled, workloadName } from './releases.ts';
import { type RouteSpec, routeObject } from './route.ts';
import { clusterSettings } from './settings.ts';
import type { ReleaseSpec } from './spec.ts';
import { type Traffic, trafficOf } from './traffic.ts';

/** Whose an object is, by its labels. */
interface Owner {
  readonly teamId: string;
  readonly projectId: string;
  readonly environmentId: string;
  readonly serviceId: string;
  /** The mark of the spec that it was applied from; empty where there is none. */
  readonly specHash: string;
}

export type FoundRelease = Owner & Omit<RunningRelease, 'image'>;
export type FoundRoute = Owner & Traffic;

export interface Workloads {
  readonly releases: readonly FoundRelease[];
  readonly routes: readonly FoundRoute[];
}

/** Every release that has a workload and every route of the whole cluster, in pages of 500. */
export async function listWorkloads(): Promise<Workloads> {
  const find = <T extends KubernetesObject>(apiVersion: string, kind: string) =>
    listAll<T>({ apiVersion, kind }, SERVICE);
  const [deployments, cronJobs, routes] = await Promise.all([
    find<Deployment>('apps/v1', 'Deployment'),
    find<CronJob>('batch/v1', 'CronJob'),
    find<HttpRoute>('gateway.networking.k8s.io/v1', 'HTTPRoute'),
  ]);
  return {
    releases: [
      ...deployments.map((each) => foundRelease(each, presentDeployment(each))),
      ...cronJobs.map((each) => foundRelease(each, presentCronJob(each))),
    ],
    routes: routes.map((each) => ({ ...ownerOf(each), ...trafficOf(each) })),
  };
}

function foundRelease(object: KubernetesObject, { image: _, ...release }: RunningRelease): FoundRelease {
  return { ...ownerOf(object), ...release };
}

function ownerOf({ metadata }: KubernetesObject): Owner {
  const label = (name: string) => metadata?.labels?.[name] ?? '';
  return {
    teamId: label('gantry.dev/team'),
    projectId: label('gantry.dev/project'),
    environmentId: label('gantry.dev/environment'),
    serviceId: label(SERVICE),
    specHash: metadata?.annotations?.[SPEC_HASH] ?? '',
  };
}

/**
 * The kinds of a release's objects that are missing or not as the release would be applied: somebody else has changed or removed them.
 * The API server itself is asked what an apply would make of each, so that its defaults and the fields of others do not count; the
 * version that it answers with says nothing, because a trial may keep the present one. A Secret's content is not compared, since nobody
 * may read it. `applyRelease` repairs all of it.
 */
export async function releaseDrift(spec: ReleaseSpec, settings = clusterSettings()): Promise<string[]> {
  const { workload, secret, others } = releaseObjects(spec, settings);
  const live = await get<Workload>(workloadName(spec));
  if (live === undefined) return [workloadName(spec).kind];
  const drifts = await Promise.all([
    drifted(settled(workload, live, spec), live),
    isMissing(secret),
    ...others.map(async (object) => drifted(object, await get(named(object)))),
  ]);
  const kinds = [workload, secret, ...others].map(({ kind = '' }) => kind);
  return kinds.filter((_, index) => drifts[index]);
}

/** Whether a service's route is missing or not as `shiftTraffic` would write it. */
export async function routeDrift(spec: RouteSpec): Promise<boolean> {
  const route = routeObject(spec);
  return drifted(route, await get<HttpRoute>(named(route)));
}

function named({ apiVersion = '', kind = '', metadata }: KubernetesObject) {
  return { apiVersion, kind, name: metadata?.name ?? '', namespace: metadata?.namespace ?? '' };
}

async function drifted<T extends KubernetesObject>(wanted: T, live: T | undefined): Promise<boolean> {
  try {
    const applied = await tryApply(wanted, FIELD_MANAGER);
    return live === undefined || !isDeepStrictEqual(content(applied), content(live));
  } catch (error) {
    // A kind that the cluster does not serve is not there to be applied either.
    if (error instanceof GantryError && error.kind === 'NotFound') return live !== undefined;
    throw error;
  }
}

async function isMissing(object: KubernetesObject): Promise<boolean> {
  const { metadata } = await tryApply(object, FIELD_MANAGER);
  return (metadata?.resourceVersion ?? '') === '';
}

/** What an object says, apart from what the cluster notes of it. */
function content(object: KubernetesObject & { readonly status?: unknown }): unknown {
  const { status: _, metadata = {}, ...rest } = object;
  return { ...rest, labels: metadata.labels, annotations: metadata.annotations };
}
