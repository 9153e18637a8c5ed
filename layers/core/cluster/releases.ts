import { apply, list, remove } from '@gantry/cloud/kubernetes/objects.ts';
import type { Deployment } from '@gantry/cloud/kubernetes/types.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import { FIELD_MANAGER, GENERATION, nameIn } from './names.ts';
import { type ReleaseSpec, releaseObjects } from './objects.ts';

/** Puts a release into the cluster, beside those that are there; it gets no traffic yet. A repeat changes nothing. */
export async function applyRelease(spec: ReleaseSpec): Promise<void> {
  const [namespace, serviceAccount, secret, deployment, service] = releaseObjects(spec);
  await apply(namespace, FIELD_MANAGER);
  // Pods are refused, or wait, until the account and the secret that they name are there.
  await Promise.all([serviceAccount, secret, service].map((object) => apply(object, FIELD_MANAGER)));
  await apply(deployment, FIELD_MANAGER);
}

/** Removes a release and what runs of it; harmless where it is gone. Shift its traffic away first. */
export async function removeRelease(release: { environmentId: string; releaseId: string }): Promise<void> {
  const { environmentId, releaseId } = release;
  await Promise.all([
    remove(nameIn(environmentId, 'v1', 'Service', releaseId)),
    remove(nameIn(environmentId, 'v1', 'Secret', releaseId)),
  ]);
  // The Deployment goes last: by it a release is found again where this was interrupted.
  await remove(nameIn(environmentId, 'apps/v1', 'Deployment', releaseId));
}

export interface RunningRelease {
  readonly releaseId: string;
  readonly generation: number;
  readonly image: string;
  readonly replicas: number;
  readonly availableReplicas: number;
}

/** The releases of a service that are in the cluster, newest generation first. */
export async function listReleases(environmentId: string, serviceId: string): Promise<RunningRelease[]> {
  const { items } = await list<Deployment>(
    { apiVersion: 'apps/v1', kind: 'Deployment', namespace: toKubernetesName(environmentId) },
    { 'gantry.dev/service': serviceId },
  );
  return items.map(presentRelease).sort((a, b) => b.generation - a.generation);
}

function presentRelease({ metadata, spec, status }: Deployment): RunningRelease {
  return {
    releaseId: metadata?.labels?.['gantry.dev/release'] ?? '',
    generation: Number(metadata?.annotations?.[GENERATION] ?? 0),
    image: spec?.template.spec?.containers[0]?.image ?? '',
    replicas: spec?.replicas ?? 0,
    availableReplicas: status?.availableReplicas ?? 0,
  };
}
