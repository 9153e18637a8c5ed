import { apply, change, create, get, list, remove } from '@gantry/cloud/kubernetes/objects.ts';
import type { CronJob, Deployment, KubernetesObject } from '@gantry/cloud/kubernetes/types.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import { applyAuthorities } from './authorities.ts';
import { applyEnvironment } from './environment.ts';
import { against, generationOf, guarded } from './guarded.ts';
import { loadBalancerApi } from './load-balancer.ts';
import { FIELD_MANAGER, GENERATION, KIND, nameIn, RELEASE, releaseCommandName, SERVICE, TEAM } from './names.ts';
import { releaseObjects, type Workload } from './objects.ts';
import { type ClusterSettings, clusterSettings } from './settings.ts';
import { isElastic, type ReleaseRef, type ReleaseSpec } from './spec.ts';
import { awaitTargetGroup, TARGET_GROUP_CONFIGURATION } from './target-group.ts';
import { attachRelease } from './traffic.ts';

/**
 * Applies a release beside the existing ones. It gets no traffic yet, though the load balancer knows it if it is to run, and a cron service does not
 * run yet. A repeat changes nothing. Throws Superseded when a newer generation has written the release.
 */
export async function applyRelease(spec: ReleaseSpec): Promise<void> {
  const settings = await clusterSettings();
  await stageRelease(spec, settings);
  const { workload, others } = releaseObjects(spec, settings);
  await Promise.all(others.map((object) => apply(object, FIELD_MANAGER)));
  const attached = spec.kind === 'web' && spec.replicas > 0 && (await attachRelease(spec));
  if (attached) await awaitTargetGroup(spec);
  await guarded<Workload>(workloadName(spec), spec.generation, (live) =>
    apply(against(settled(workload, live, spec), live), FIELD_MANAGER),
  );
}

/**
 * Creates a release's environment, its workload without replicas, and its Secret. Leftovers of an interruption are found through the workload,
 * because nobody may list Secrets.
 */
export async function stageRelease(spec: ReleaseSpec, known?: ClusterSettings): Promise<void> {
  const settings = known ?? (await clusterSettings());
  await applyEnvironment(spec, settings);
  if (spec.securityGroups.length > 0) await applyAuthorities(spec);
  const { workload, secret, others } = releaseObjects({ ...spec, replicas: 0 }, settings);
  await guarded<Workload>(workloadName(spec), spec.generation, async (live) => {
    if (live === undefined) await create(workload, FIELD_MANAGER);
    else if (generationOf(live) < spec.generation) await claim(live, spec.generation);
  });
  // A pod gets its groups when it starts, and a release command starts before the release does.
  const groups = others.filter(({ kind }) => kind === 'SecurityGroupPolicy');
  await Promise.all([secret, ...groups].map((object) => apply(object, FIELD_MANAGER)));
}

/** From now on no older generation writes the release, its Secret included. */
async function claim({ apiVersion = '', kind = '', metadata }: Workload, generation: number): Promise<void> {
  const { name = '', namespace = '', resourceVersion = '' } = metadata ?? {};
  const annotations = { [GENERATION]: String(generation) };
  await change({ apiVersion, kind, metadata: { name, namespace, resourceVersion, annotations } }, FIELD_MANAGER);
}

export function workloadName({ kind, environmentId, releaseId }: ReleaseSpec) {
  const [apiVersion, type] =
    kind === 'cron' ? (['batch/v1', 'CronJob'] as const) : (['apps/v1', 'Deployment'] as const);
  return nameIn(environmentId, apiVersion, type, releaseId);
}

/** The workload as written over the present one: a cron service stays on if it was, and an elastic release keeps the replicas that its load needs. */
function settled(workload: Workload, live: Workload | undefined, spec: ReleaseSpec): Workload {
  if (isCronJob(workload)) {
    const suspend = live === undefined || !isCronJob(live) || live.spec?.suspend !== false;
    return { ...workload, ...(workload.spec && { spec: { ...workload.spec, suspend } }) };
  }
  const running = live === undefined || isCronJob(live) ? 0 : (live.spec?.replicas ?? 0);
  const kept = isElastic(spec) && spec.replicas > 0 ? Math.min(running, spec.scaling.maxReplicas) : 0;
  const replicas = Math.max(spec.replicas, kept);
  return { ...workload, ...(workload.spec && { spec: { ...workload.spec, replicas } }) };
}

function isCronJob(workload: Workload): workload is CronJob {
  return workload.kind === 'CronJob';
}

/** Objects that a release may have in addition to its Secret and its workload. */
const PARTS = [
  { apiVersion: 'v1', kind: 'Service' },
  { apiVersion: 'batch/v1', kind: 'Job' },
  { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' },
  { apiVersion: 'vpcresources.k8s.aws/v1beta1', kind: 'SecurityGroupPolicy' },
] as const;

/**
 * Deletes a release with all of its objects; harmless when it is gone. Shift its traffic away first. The workload goes last: leftovers of an
 * interruption are found through it.
 */
export async function removeRelease({ environmentId, releaseId }: ReleaseRef): Promise<void> {
  const name = (apiVersion: string, kind: string) => nameIn(environmentId, apiVersion, kind, releaseId);
  const targetGroup = name(await loadBalancerApi(), TARGET_GROUP_CONFIGURATION);
  await Promise.all([
    ...PARTS.filter((part) => part.kind !== 'Job').map((part) => remove(name(part.apiVersion, part.kind))),
    remove({ ...name('batch/v1', 'Job'), name: releaseCommandName(releaseId) }),
    remove(targetGroup),
    remove(name('v1', 'Secret')),
  ]);
  await Promise.all([remove(name('apps/v1', 'Deployment')), remove(name('batch/v1', 'CronJob'))]);
}

/** The team and service of a release in the cluster, from its workload's labels; undefined when the cluster lacks it. */
export async function ownerOf({ environmentId, releaseId }: ReleaseRef) {
  const workload =
    (await get<Workload>(nameIn(environmentId, 'apps/v1', 'Deployment', releaseId))) ??
    (await get<Workload>(nameIn(environmentId, 'batch/v1', 'CronJob', releaseId)));
  const { [TEAM]: teamId, [SERVICE]: serviceId } = workload?.metadata?.labels ?? {};
  return teamId === undefined || serviceId === undefined ? undefined : { teamId, serviceId, environmentId };
}

export interface RunningRelease {
  readonly releaseId: string;
  /** The newest generation that wrote one of its objects. */
  readonly generation: number;
  /** `web`, `worker` or `cron`; empty when only leftovers of a release exist. */
  readonly kind: string;
  readonly image: string;
  /** The wanted replicas; for a cron service 1 while it is switched on. */
  readonly replicas: number;
  readonly availableReplicas: number;
}

/** The releases of a service with any object in the cluster, newest generation first. */
export async function listReleases(environmentId: string, serviceId: string): Promise<RunningRelease[]> {
  const find = async <T extends KubernetesObject>(apiVersion: string, kind: string) => {
    const { items } = await list<T>(
      { apiVersion, kind, namespace: toKubernetesName(environmentId) },
      { [SERVICE]: serviceId },
    );
    return items;
  };
  const [deployments, cronJobs, ...parts] = await Promise.all([
    find<Deployment>('apps/v1', 'Deployment'),
    find<CronJob>('batch/v1', 'CronJob'),
    ...PARTS.map(({ apiVersion, kind }) => find<KubernetesObject>(apiVersion, kind)),
  ]);
  const leftovers = parts.flat().map(presentLeftover);
  const found = new Map<string, RunningRelease>();
  for (const release of [...leftovers, ...deployments.map(presentDeployment), ...cronJobs.map(presentCronJob)]) {
    const generation = Math.max(release.generation, found.get(release.releaseId)?.generation ?? 0);
    found.set(release.releaseId, { ...release, generation });
  }
  return [...found.values()].sort((a, b) => b.generation - a.generation);
}

function presentDeployment({ metadata, spec, status }: Deployment): RunningRelease {
  return {
    releaseId: metadata?.labels?.[RELEASE] ?? '',
    generation: generationOf({ ...(metadata && { metadata }) }),
    kind: metadata?.labels?.[KIND] ?? 'web',
    image: spec?.template.spec?.containers[0]?.image ?? '',
    replicas: spec?.replicas ?? 0,
    availableReplicas: status?.availableReplicas ?? 0,
  };
}

function presentCronJob({ metadata, spec }: CronJob): RunningRelease {
  const replicas = spec?.suspend === false ? 1 : 0;
  return {
    releaseId: metadata?.labels?.[RELEASE] ?? '',
    generation: generationOf({ ...(metadata && { metadata }) }),
    kind: 'cron',
    image: spec?.jobTemplate.spec?.template.spec?.containers[0]?.image ?? '',
    replicas,
    availableReplicas: replicas,
  };
}

function presentLeftover(object: KubernetesObject): RunningRelease {
  const releaseId = object.metadata?.labels?.[RELEASE] ?? '';
  return { releaseId, generation: generationOf(object), kind: '', image: '', replicas: 0, availableReplicas: 0 };
}
