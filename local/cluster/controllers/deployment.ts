import { DEPLOYMENTS, REPLICA_SETS } from '../kinds/apps.ts';
import { resourceOf } from '../kinds/kind.ts';
import { PODS } from '../kinds/pods.ts';
import type { Condition, Deployment, ReplicaSet } from '../model.ts';
import { controllerOf, timestamp, withCondition } from '../model.ts';
import { addOwners, type Controller, type ControllerParts, keyOf, splitKey } from './controller.ts';
import { createQueue } from './queue.ts';
import {
  createRevision,
  currentOf,
  desiredThen,
  MANAGER,
  prune,
  REVISION,
  refreshRevision,
  replicaSetsOf,
  scale,
} from './revisions.ts';
import { maxUnavailable, type Plan, proportionalStep, recreateStep, rollingStep } from './rollout.ts';

/** Moves the pods of a Deployment from one template to the next (k8s.io/kubernetes, pkg/controller/deployment). */
export function createDeploymentController({ registry, note }: ControllerParts): Controller {
  const { objects } = registry;
  const queue = createQueue((key) => {
    const { namespace, name } = splitKey(key);
    const deployment = objects.get(DEPLOYMENTS, namespace, name);
    if (deployment !== undefined && deployment.metadata.deletionTimestamp === undefined) sync(deployment);
  }, note);

  const sync = (deployment: Deployment) => {
    const known = replicaSetsOf(registry, deployment);
    const { paused = false, strategy } = deployment.spec;
    const matching = currentOf(deployment, known);
    const old = known.filter((set) => set !== matching);
    const waiting = strategy?.type === 'Recreate' && podsOf(old) > 0;
    const current =
      matching === undefined
        ? paused || waiting
          ? undefined
          : createRevision(registry, deployment, known)
        : refreshRevision(registry, deployment, matching, known);
    execute(deployment, planOf(deployment, current, old));
    const present = replicaSetsOf(registry, deployment);
    const now = currentOf(deployment, present);
    writeStatus(deployment, now, present);
    if (isComplete(deployment, now, present))
      prune(
        registry,
        deployment,
        present.filter((set) => set !== now),
      );
  };

  const podsOf = (sets: readonly ReplicaSet[]) => {
    const owners = new Set(sets.map(({ metadata }) => metadata.uid));
    const pods = sets[0] === undefined ? [] : objects.list(PODS, sets[0].metadata.namespace);
    return pods.filter((pod) => owners.has(controllerOf(pod) ?? '')).length;
  };

  const planOf = (deployment: Deployment, current: ReplicaSet | undefined, old: readonly ReplicaSet[]): Plan => {
    const sets = current === undefined ? old : [...old, current];
    const replicas = deployment.spec.replicas ?? 1;
    const active = sets.filter(({ spec }) => (spec.replicas ?? 0) > 0);
    const resized = active.some((set) => desiredThen(set) !== replicas);
    const [only] = active;
    if (resized && active.length > 1 && deployment.spec.strategy?.type !== 'Recreate')
      return proportionalStep(deployment, sets);
    if (resized && active.length === 1 && only !== undefined && (only === current || deployment.spec.paused)) {
      return new Map([[only, replicas]]);
    }
    if (deployment.spec.paused) return new Map();
    if (deployment.spec.strategy?.type === 'Recreate') return recreateStep(deployment, current, old, podsOf(old));
    return current === undefined ? new Map() : rollingStep(deployment, current, old);
  };

  const execute = (deployment: Deployment, plan: Plan) => {
    for (const [set, replicas] of plan) {
      if (set.spec.replicas !== replicas || desiredThen(set) !== deployment.spec.replicas) {
        scale(registry, deployment, set, replicas);
      }
    }
  };

  const writeStatus = (deployment: Deployment, current: ReplicaSet | undefined, sets: readonly ReplicaSet[]) => {
    const revision = current?.metadata.annotations?.[REVISION];
    if (revision !== undefined && deployment.metadata.annotations?.[REVISION] !== revision) {
      const change = (draft: Deployment) => {
        draft.metadata.annotations = { ...draft.metadata.annotations, [REVISION]: revision };
      };
      registry.modify(DEPLOYMENTS, deployment, change, { manager: MANAGER });
    }
    const status = statusOf(deployment, current, sets);
    const change = (draft: Deployment) => {
      draft.status = status;
    };
    registry.modify(DEPLOYMENTS, deployment, change, { manager: MANAGER, subresource: 'status' });
    const deadline = progressDeadline(deployment, status);
    if (deadline !== undefined) queue.addAfter(keyOf(deployment), deadline);
  };

  return {
    observe(change) {
      if (change.resource === resourceOf(DEPLOYMENTS)) queue.add(keyOf(change.object));
      if (change.resource === resourceOf(REPLICA_SETS)) addOwners(queue, 'Deployment', change);
      if (change.resource !== resourceOf(PODS) || change.type !== 'DELETED') return;
      const set = objects
        .list(REPLICA_SETS, change.object.metadata.namespace)
        .find(({ metadata }) => metadata.uid === controllerOf(change.object));
      for (const owner of set?.metadata.ownerReferences ?? [])
        queue.add(`${set?.metadata.namespace ?? ''}/${owner.name}`);
    },
    resync() {
      for (const deployment of objects.list(DEPLOYMENTS)) queue.add(keyOf(deployment));
    },
    stop: queue.stop,
  };
}

type Status = NonNullable<Deployment['status']>;

const sum = (sets: readonly ReplicaSet[], field: 'replicas' | 'readyReplicas' | 'availableReplicas') =>
  sets.reduce((total, { status }) => total + (status?.[field] ?? 0), 0);

function isComplete({ spec }: Deployment, current: ReplicaSet | undefined, sets: readonly ReplicaSet[]): boolean {
  const updated = current?.status?.replicas ?? 0;
  const replicas = spec.replicas ?? 1;
  return updated === replicas && sum(sets, 'replicas') === replicas && sum(sets, 'availableReplicas') >= replicas;
}

function statusOf(deployment: Deployment, current: ReplicaSet | undefined, sets: readonly ReplicaSet[]): Status {
  const replicas = sum(sets, 'replicas');
  const available = sum(sets, 'availableReplicas');
  const before = deployment.status ?? {};
  const enough = available >= (deployment.spec.replicas ?? 1) - maxUnavailable(deployment);
  const counts = {
    replicas,
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: sum(sets, 'readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, (deployment.spec.replicas ?? 1) - available),
    observedGeneration: deployment.metadata.generation ?? 1,
  };
  const told = before.conditions?.find(({ type, status }) => type === 'Available' && (status === 'True') === enough);
  const lastUpdateTime = told?.lastUpdateTime ?? timestamp();
  const availability: Condition = enough
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
        lastUpdateTime,
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
        lastUpdateTime,
      };
  const kept = (before.conditions ?? []).filter(({ type }) => type !== 'ReplicaFailure');
  const conditions = [...withCondition(kept, availability), ...replicaFailure(before.conditions, current, sets)];
  const progress = progressOf(deployment, current, isComplete(deployment, current, sets), counts);
  return { ...counts, conditions: progress === undefined ? conditions : withCondition(conditions, progress) };
}

/** Why pods are refused: those of the current set, or else of another. */
function replicaFailure(
  before: readonly Condition[] | undefined,
  current: ReplicaSet | undefined,
  sets: readonly ReplicaSet[],
): Condition[] {
  const type = 'ReplicaFailure';
  const told = [...(current === undefined ? [] : [current]), ...sets].flatMap(({ status }) => status?.conditions ?? []);
  const failure = told.find((each) => each.type === type && each.status === 'True');
  if (failure === undefined) return [];
  const { reason = '', message = '' } = failure;
  const known = before?.find((each) => each.type === type);
  if (known?.message === message) return [known];
  return withCondition([], { type, status: 'True', reason, message, lastUpdateTime: timestamp() });
}

function progressOf(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  complete: boolean,
  counts: Status,
): Condition | undefined {
  const before = deployment.status;
  const last = before?.conditions?.find(({ type }) => type === 'Progressing');
  const name = current?.metadata.name ?? deployment.metadata.name;
  const type = 'Progressing';
  if (complete) {
    const message = `ReplicaSet "${name}" has successfully progressed.`;
    const same = last?.reason === 'NewReplicaSetAvailable' && last.message === message;
    return same
      ? last
      : { type, status: 'True', reason: 'NewReplicaSetAvailable', message, lastUpdateTime: timestamp() };
  }
  const moved =
    (counts.updatedReplicas ?? 0) > (before?.updatedReplicas ?? 0) ||
    (counts.readyReplicas ?? 0) > (before?.readyReplicas ?? 0) ||
    (counts.availableReplicas ?? 0) > (before?.availableReplicas ?? 0) ||
    (counts.replicas ?? 0) < (before?.replicas ?? 0);
  const begun =
    last?.reason !== 'NewReplicaSetAvailable' || before?.observedGeneration !== deployment.metadata.generation;
  if (last === undefined || moved || (begun && before?.observedGeneration !== deployment.metadata.generation)) {
    const created = before?.observedGeneration !== deployment.metadata.generation && !moved;
    const reason = created ? 'NewReplicaSetCreated' : 'ReplicaSetUpdated';
    const message = created ? `Created new replica set "${name}"` : `ReplicaSet "${name}" is progressing.`;
    return { type, status: 'True', reason, message, lastUpdateTime: timestamp() };
  }
  if (last.reason === 'NewReplicaSetAvailable' || !isOverdue(deployment, last)) return last;
  const message = `ReplicaSet "${name}" has timed out progressing.`;
  return last.status === 'False'
    ? last
    : { type, status: 'False', reason: 'ProgressDeadlineExceeded', message, lastUpdateTime: timestamp() };
}

function isOverdue({ spec }: Deployment, { lastUpdateTime }: Condition): boolean {
  return Date.now() - Date.parse(lastUpdateTime ?? '') >= (spec.progressDeadlineSeconds ?? 600) * 1000;
}

/** Milliseconds until a stuck rollout counts as failed; undefined without one. */
function progressDeadline({ spec }: Deployment, { conditions }: Status): number | undefined {
  const progress = conditions?.find(({ type }) => type === 'Progressing');
  if (progress === undefined || progress.status === 'False' || progress.reason === 'NewReplicaSetAvailable')
    return undefined;
  const due = Date.parse(progress.lastUpdateTime ?? '') + (spec.progressDeadlineSeconds ?? 600) * 1000;
  return Math.max(1000, due - Date.now());
}
