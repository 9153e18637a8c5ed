import { ApiError } from '../api/errors.ts';
import { selects } from '../api/selectors.ts';
import { createRecorder } from '../events.ts';
import { REPLICA_SETS } from '../kinds/apps.ts';
import { resourceOf } from '../kinds/kind.ts';
import { PODS } from '../kinds/pods.ts';
import type { Condition, Pod, ReplicaSet } from '../model.ts';
import { controllerOf, controllerReference, timestamp } from '../model.ts';
import type { Change } from '../registry/objects.ts';
import type { Registry } from '../registry/registry.ts';
import { addOwners, type Controller, type ControllerParts, keyOf, splitKey } from './controller.ts';
import { createQueue } from './queue.ts';

const MANAGER = 'replicaset-controller';
/** The most pods created or deleted in one turn, as the real controller's burst. */
const BURST = 500;

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

function isActive({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp === undefined && status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}

/** Milliseconds until the pod has been ready long enough to count as available; 0 if it has. */
function availableIn(pod: Pod, minReadySeconds: number, now: number = Date.now()): number {
  const ready = pod.status?.conditions?.find(({ type, status }) => type === 'Ready' && status === 'True');
  if (ready === undefined) return Number.POSITIVE_INFINITY;
  if (minReadySeconds === 0) return 0;
  return Math.max(0, Date.parse(ready.lastTransitionTime ?? '') + minReadySeconds * 1000 - now);
}

/** Keeps the wanted number of pods of a ReplicaSet's template (k8s.io/kubernetes, pkg/controller/replicaset). */
export function createReplicaSetController({ registry, note }: ControllerParts): Controller {
  const { objects } = registry;
  const record = createRecorder(registry, MANAGER);
  const queue = createQueue((key) => {
    const { namespace, name } = splitKey(key);
    const set = objects.get(REPLICA_SETS, namespace, name);
    if (set !== undefined) sync(set);
  }, note);

  const sync = (set: ReplicaSet) => {
    const pods = claim(registry, set);
    const active = pods.filter(isActive);
    let refusal: ApiError | undefined;
    if (set.metadata.deletionTimestamp === undefined) {
      const missing = (set.spec.replicas ?? 1) - active.length;
      refusal = createPods(set, Math.min(missing, BURST));
      if (missing < 0) removeSome(registry, active, Math.min(-missing, BURST));
      if (Math.abs(missing) > BURST) queue.add(keyOf(set));
    }
    writeStatus(set, refusal);
    if (refusal !== undefined) throw refusal;
  };

  /** Creates pods up to the first refusal, and returns the refusal; refused pods are tried again later. */
  const createPods = (set: ReplicaSet, count: number): ApiError | undefined => {
    try {
      for (let left = count; left > 0; left--) {
        const { metadata } = createPod(registry, set);
        record(set, 'Normal', 'SuccessfulCreate', `Created pod: ${metadata.name}`);
      }
      return undefined;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      record(set, 'Warning', 'FailedCreate', `Error creating: ${error.message}`);
      return error;
    }
  };

  const writeStatus = (set: ReplicaSet, refusal: ApiError | undefined) => {
    const pods = objects.list(PODS, set.metadata.namespace).filter((pod) => controllerOf(pod) === set.metadata.uid);
    const active = pods.filter(isActive);
    const minReadySeconds = set.spec.minReadySeconds ?? 0;
    const waits = active.map((pod) => availableIn(pod, minReadySeconds));
    const next = Math.min(...waits.filter((ms) => ms > 0));
    if (Number.isFinite(next)) queue.addAfter(keyOf(set), next);
    registry.modify(
      REPLICA_SETS,
      set,
      (draft) => {
        draft.status = {
          ...failureOf(draft, refusal),
          replicas: active.length,
          fullyLabeledReplicas: active.length,
          readyReplicas: active.filter(isReady).length,
          availableReplicas: waits.filter((ms) => ms === 0).length,
          observedGeneration: set.metadata.generation ?? 1,
        };
      },
      { manager: MANAGER, subresource: 'status' },
    );
  };

  return {
    observe(change: Change) {
      if (change.resource === resourceOf(REPLICA_SETS)) queue.add(keyOf(change.object));
      if (change.resource !== resourceOf(PODS)) return;
      addOwners(queue, 'ReplicaSet', change);
      if (controllerOf(change.object) !== undefined) return;
      const { namespace, labels } = change.object.metadata;
      for (const set of objects.list(REPLICA_SETS, namespace)) {
        if (selects(set.spec.selector, labels)) queue.add(keyOf(set));
      }
    },
    resync() {
      for (const set of objects.list(REPLICA_SETS)) queue.add(keyOf(set));
    },
    stop: queue.stop,
  };
}

/** The condition of a set with refused pods: it keeps its start until they are accepted. */
function failureOf({ status }: ReplicaSet, refusal: ApiError | undefined): { conditions?: Condition[] } {
  const type = 'ReplicaFailure';
  const others = (status?.conditions ?? []).filter((each) => each.type !== type);
  const before = status?.conditions?.find((each) => each.type === type);
  const told = { type, status: 'True', reason: 'FailedCreate' } as const;
  const failure =
    refusal === undefined ? [] : [before ?? { ...told, message: refusal.message, lastTransitionTime: timestamp() }];
  const conditions = [...others, ...failure];
  return conditions.length === 0 ? {} : { conditions };
}

/** The set's pods: those that it controls, and selected ones without a controller, which it adopts. */
function claim(registry: Registry, set: ReplicaSet): Pod[] {
  const within = registry.objects.list(PODS, set.metadata.namespace);
  return within.flatMap((pod) => {
    const controller = controllerOf(pod);
    const matches = selects(set.spec.selector, pod.metadata.labels);
    if (controller === set.metadata.uid) return matches ? [pod] : release(registry, set, pod);
    if (controller !== undefined || !matches || !isActive(pod) || set.metadata.deletionTimestamp !== undefined)
      return [];
    const adopt = (draft: Pod) => {
      draft.metadata.ownerReferences = [...(draft.metadata.ownerReferences ?? []), controllerReference(set)];
    };
    return registry.modify(PODS, pod, adopt, { manager: MANAGER }) ?? [];
  });
}

function release(registry: Registry, set: ReplicaSet, pod: Pod): Pod[] {
  const forget = (draft: Pod) => {
    draft.metadata.ownerReferences = (draft.metadata.ownerReferences ?? []).filter(
      ({ uid }) => uid !== set.metadata.uid,
    );
  };
  registry.modify(PODS, pod, forget, { manager: MANAGER });
  return [];
}

function createPod(registry: Registry, set: ReplicaSet): Pod {
  const { metadata, spec } = set.spec.template;
  const draft = {
    metadata: { ...metadata, generateName: `${set.metadata.name}-`, ownerReferences: [controllerReference(set)] },
    spec,
  };
  return registry.create(PODS, set.metadata.namespace, draft, { manager: MANAGER });
}

/** Deletes the least useful pods first: unbound, then unready, then most restarted, then youngest. */
function removeSome(registry: Registry, pods: readonly Pod[], count: number): void {
  const restarts = (pod: Pod) => Math.max(0, ...(pod.status?.containerStatuses ?? []).map((each) => each.restartCount));
  const rank = (pod: Pod) => [
    pod.spec.nodeName === undefined ? 0 : 1,
    isReady(pod) ? 1 : 0,
    -restarts(pod),
    -Date.parse(pod.metadata.creationTimestamp),
  ];
  const ordered = [...pods].sort((a, b) => {
    const [left, right] = [rank(a), rank(b)];
    const at = left.findIndex((value, index) => value !== right[index]);
    return (left[at] ?? 0) - (right[at] ?? 0);
  });
  for (const { metadata } of ordered.slice(0, count)) registry.remove(PODS, metadata.namespace, metadata.name, {});
}
