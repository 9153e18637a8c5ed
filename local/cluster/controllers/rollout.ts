import type { Deployment, ReplicaSet } from '../model.ts';

/** The next number of pods for each ReplicaSet of a Deployment. */
export type Plan = ReadonlyMap<ReplicaSet, number>;

function resolve(value: number | string | undefined, replicas: number, round: (x: number) => number): number {
  if (typeof value === 'number') return value;
  return round((Number.parseInt(value ?? '0', 10) * replicas) / 100);
}

/** How many pods beyond the wanted number may exist during a rollout. A share is rounded up. */
export function maxSurge({ spec }: Deployment): number {
  if (spec.strategy?.type === 'Recreate') return 0;
  return resolve(spec.strategy?.rollingUpdate?.maxSurge, spec.replicas ?? 1, Math.ceil);
}

/** How many pods below the wanted number may be unavailable. A share is rounded down, but to one if both limits would be none. */
export function maxUnavailable(deployment: Deployment): number {
  const { spec } = deployment;
  if (spec.strategy?.type === 'Recreate') return 0;
  const replicas = spec.replicas ?? 1;
  const some = resolve(spec.strategy?.rollingUpdate?.maxUnavailable, replicas, Math.floor);
  return some === 0 && maxSurge(deployment) === 0 ? 1 : Math.min(some, replicas);
}

const wantedBy = (set: ReplicaSet) => set.spec.replicas ?? 0;
const availableIn = (set: ReplicaSet) => set.status?.availableReplicas ?? 0;
const total = (sets: readonly ReplicaSet[], of: (set: ReplicaSet) => number) =>
  sets.reduce((sum, set) => sum + of(set), 0);

/**
 * One step of a rolling update: the new set grows as far as the surge allows, then the old ones shrink as far as availability allows, broken pods
 * first (k8s.io/kubernetes, pkg/controller/deployment/rolling.go).
 */
export function rollingStep(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): Plan {
  const replicas = deployment.spec.replicas ?? 1;
  const all = [...old, current];
  const room = replicas + maxSurge(deployment) - total(all, wantedBy);
  if (wantedBy(current) > replicas) return new Map([[current, replicas]]);
  const grown = Math.min(replicas - wantedBy(current), Math.max(0, room));
  if (grown > 0) return new Map([[current, wantedBy(current) + grown]]);
  return shrink(deployment, current, old);
}

function shrink(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): Plan {
  const least = (deployment.spec.replicas ?? 1) - maxUnavailable(deployment);
  const starting = wantedBy(current) - availableIn(current);
  const plan = new Map(old.map((set) => [set, wantedBy(set)]));
  let spare = total([...old, current], wantedBy) - least - starting;
  if (spare <= 0) return new Map();
  for (const set of old) {
    const broken = Math.min(spare, Math.max(0, wantedBy(set) - availableIn(set)));
    plan.set(set, wantedBy(set) - broken);
    spare -= broken;
  }
  let surplus = total([...old, current], availableIn) - least;
  for (const set of old) {
    const left = plan.get(set) ?? 0;
    const less = Math.min(left, Math.max(0, surplus));
    plan.set(set, left - less);
    surplus -= less;
  }
  return plan;
}

/** Recreate: no new pod while an old one exists, even an ending one. */
export function recreateStep(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
  oldPods: number,
): Plan {
  if (total(old, wantedBy) > 0) return new Map(old.map((set) => [set, 0]));
  return oldPods > 0 || current === undefined ? new Map() : new Map([[current, deployment.spec.replicas ?? 1]]);
}

/**
 * Spreads a changed number of replicas over the sets of a running rollout, each in proportion to its size, so that scaling a Deployment then favours
 * neither side.
 */
export function proportionalStep(deployment: Deployment, sets: readonly ReplicaSet[]): Plan {
  const active = sets.filter((set) => wantedBy(set) > 0);
  const allowed = (deployment.spec.replicas ?? 1) === 0 ? 0 : (deployment.spec.replicas ?? 1) + maxSurge(deployment);
  const present = total(active, wantedBy);
  const largest = [...active].sort((a, b) => wantedBy(b) - wantedBy(a));
  let left = allowed - present;
  const plan = new Map<ReplicaSet, number>();
  for (const set of largest) {
    const share = Math.round((wantedBy(set) * allowed) / present) - wantedBy(set);
    const given = left > 0 ? Math.min(Math.max(share, 0), left) : Math.max(Math.min(share, 0), left);
    plan.set(set, wantedBy(set) + given);
    left -= given;
  }
  const [first] = largest;
  if (first !== undefined) plan.set(first, Math.max(0, (plan.get(first) ?? 0) + left));
  return plan;
}
