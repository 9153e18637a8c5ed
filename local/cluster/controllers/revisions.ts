import { REPLICA_SETS } from '../kinds/apps.ts';
import type { Deployment, PodTemplate, ReplicaSet } from '../model.ts';
import { controllerOf, controllerReference } from '../model.ts';
import type { Registry } from '../registry/registry.ts';
import { canonical, hashName, sameValue } from '../values.ts';
import { maxSurge } from './rollout.ts';

export const MANAGER = 'deployment-controller';
export const REVISION = 'deployment.kubernetes.io/revision';
const DESIRED = 'deployment.kubernetes.io/desired-replicas';
const MAX = 'deployment.kubernetes.io/max-replicas';
const HASH = 'pod-template-hash';
/** Belongs to client-side apply of the Deployment, and would be misleading on the controller's objects. */
const NOT_COPIED = ['kubectl.kubernetes.io/last-applied-configuration', REVISION];

function withoutHash({ metadata, ...template }: PodTemplate): unknown {
  const { [HASH]: _, ...labels } = metadata?.labels ?? {};
  return { ...template, metadata: { ...metadata, labels } };
}

/** The Deployment's ReplicaSets, oldest first. */
export function replicaSetsOf(registry: Registry, deployment: Deployment): ReplicaSet[] {
  const within = registry.objects.list(REPLICA_SETS, deployment.metadata.namespace);
  const mine = within.filter((set) => controllerOf(set) === deployment.metadata.uid);
  return mine.sort((a, b) => revisionOf(a) - revisionOf(b));
}

/** The set with the Deployment's present pod template. */
export function currentOf(deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  const wanted = withoutHash(deployment.spec.template);
  return sets.find((set) => sameValue(withoutHash(set.spec.template), wanted));
}

function revisionOf(set: ReplicaSet): number {
  return Number(set.metadata.annotations?.[REVISION] ?? 0);
}

/** The Deployment's size when the set was last scaled. */
export function desiredThen(set: ReplicaSet): number | undefined {
  const text = set.metadata.annotations?.[DESIRED];
  return text === undefined ? undefined : Number(text);
}

function annotationsOf(deployment: Deployment, revision: number): Record<string, string> {
  const entries = Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !NOT_COPIED.includes(key));
  const replicas = deployment.spec.replicas ?? 1;
  return {
    ...Object.fromEntries(entries),
    [REVISION]: String(revision),
    [DESIRED]: String(replicas),
    [MAX]: String(replicas + maxSurge(deployment)),
  };
}

/** Makes the ReplicaSet of the present template, without pods, as the newest revision. */
export function createRevision(registry: Registry, deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet {
  const { metadata, spec } = deployment;
  const revision = Math.max(0, ...sets.map(revisionOf)) + 1;
  const hash = hashName(canonical(spec.template));
  const labels = { ...spec.template.metadata?.labels, [HASH]: hash };
  const selector = { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [HASH]: hash } };
  const template = { ...spec.template, metadata: { ...spec.template.metadata, labels } };
  const draft = {
    metadata: {
      name: `${metadata.name}-${hash}`,
      labels,
      annotations: annotationsOf(deployment, revision),
      ownerReferences: [controllerReference(deployment)],
    },
    spec: { replicas: 0, selector, template, minReadySeconds: spec.minReadySeconds ?? 0 },
  };
  return registry.create(REPLICA_SETS, metadata.namespace, draft, { manager: MANAGER });
}

/** Updates the current set's annotations; a set that was rolled back to becomes the newest revision. */
export function refreshRevision(
  registry: Registry,
  deployment: Deployment,
  current: ReplicaSet,
  sets: readonly ReplicaSet[],
): ReplicaSet {
  const newest = Math.max(0, ...sets.filter((set) => set !== current).map(revisionOf));
  const revision = Math.max(revisionOf(current), newest + 1);
  const annotations = { ...annotationsOf(deployment, revision) };
  const change = (draft: ReplicaSet) => {
    const { [DESIRED]: _, [MAX]: __, ...others } = annotations;
    draft.metadata.annotations = { ...draft.metadata.annotations, ...others };
    draft.spec.minReadySeconds = deployment.spec.minReadySeconds ?? 0;
  };
  return registry.modify(REPLICA_SETS, current, change, { manager: MANAGER }) ?? current;
}

/** Sets a set's wanted pods, and notes the Deployment's size. */
export function scale(registry: Registry, deployment: Deployment, set: ReplicaSet, replicas: number): ReplicaSet {
  const { [DESIRED]: desired = '', [MAX]: max = '' } = annotationsOf(deployment, 0);
  const change = (draft: ReplicaSet) => {
    draft.spec.replicas = replicas;
    draft.metadata.annotations = { ...draft.metadata.annotations, [DESIRED]: desired, [MAX]: max };
  };
  return registry.modify(REPLICA_SETS, set, change, { manager: MANAGER }) ?? set;
}

/** Deletes empty sets beyond the Deployment's kept history. */
export function prune(registry: Registry, deployment: Deployment, old: readonly ReplicaSet[]): void {
  const idle = old.filter(({ spec, status }) => spec.replicas === 0 && (status?.replicas ?? 0) === 0);
  const excess = idle.length - (deployment.spec.revisionHistoryLimit ?? 10);
  for (const { metadata } of idle.slice(0, Math.max(0, excess))) {
    registry.remove(REPLICA_SETS, metadata.namespace, metadata.name, {});
  }
}
