import { change, list } from '@gantry/cloud/kubernetes/objects.ts';
import type { CronJob, Deployment, ObjectName } from '@gantry/cloud/kubernetes/types.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import { against, generationOf, guarded } from './guarded.ts';
import { FIELD_MANAGER, GENERATION, nameIn, SERVICE } from './names.ts';
import type { ReleaseRef } from './spec.ts';

/**
 * Sets the number of replicas of a release; with 0 it goes cold and later comes back unchanged. An autoscaler leaves a cold release alone. Throws
 * NotFound when the release has no Deployment, Superseded when a newer generation has written it.
 */
export async function scaleRelease(
  wish: ReleaseRef & { readonly replicas: number; readonly generation: number },
): Promise<void> {
  const { environmentId, releaseId, replicas, generation } = wish;
  const name = nameIn(environmentId, 'apps/v1', 'Deployment', releaseId);
  await guarded<Deployment>(name, generation, async (live) => {
    if (live === undefined) throw new GantryError('NotFound', `Release ${releaseId} is not in the cluster.`);
    if (live.spec?.replicas === replicas && generationOf(live) === generation) return;
    await change(against(marked(name, generation, { replicas }), live), FIELD_MANAGER);
  });
}

/** Stops everything of a release; harmless when the cluster lacks it. */
export async function stopRelease(release: ReleaseRef & { readonly generation: number }): Promise<void> {
  try {
    await scaleRelease({ ...release, replicas: 0 });
  } catch (error) {
    if (!(error instanceof GantryError && error.kind === 'NotFound')) throw error;
  }
}

/**
 * Makes a cron service run by this release only, or by none if undefined. The others are switched off first, so that no two are on; a running job
 * continues to its end. Harmless when repeated. Throws NotFound when the release has no CronJob, Superseded when a newer generation has written one
 * of the service's.
 */
export async function switchCron(
  environmentId: string,
  serviceId: string,
  releaseId: string | undefined,
  generation: number,
): Promise<void> {
  const kind = { apiVersion: 'batch/v1', kind: 'CronJob' };
  const { items } = await list<CronJob>(
    { ...kind, namespace: toKubernetesName(environmentId) },
    { [SERVICE]: serviceId },
  );
  const own = releaseId && nameIn(environmentId, kind.apiVersion, kind.kind, releaseId);
  const others = items.map(({ metadata }) => metadata?.name ?? '').filter((name) => !(own && name === own.name));
  const namespace = toKubernetesName(environmentId);
  for (const name of others) await suspend({ ...kind, namespace, name }, true, generation);
  if (own) await suspend(own, false, generation);
}

async function suspend(name: ObjectName, suspended: boolean, generation: number): Promise<void> {
  await guarded<CronJob>(name, generation, async (live) => {
    if (live === undefined) {
      if (suspended) return;
      throw new GantryError('NotFound', `CronJob ${name.name} is not in the cluster.`);
    }
    if (live.spec?.suspend === suspended && generationOf(live) === generation) return;
    await change(against(marked(name, generation, { suspend: suspended }), live), FIELD_MANAGER);
  });
}

/** A change of an object's spec, with the generation that made it. */
function marked({ apiVersion, kind, namespace, name }: ObjectName, generation: number, spec: Record<string, unknown>) {
  const annotations = { [GENERATION]: String(generation) };
  return { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }), annotations }, spec };
}
