import { TARGET_HEALTH } from '../admission/readiness-gate.ts';
import { resourceOf } from '../kinds/kind.ts';
import { PODS } from '../kinds/pods.ts';
import type { Pod } from '../model.ts';
import { withCondition } from '../model.ts';
import { type Controller, type ControllerParts, keyOf, splitKey } from './controller.ts';
import { createQueue } from './queue.ts';

const STATUS = { manager: 'eks-load-balancing', subresource: 'status' } as const;

/**
 * Answers the load balancer's readiness gates: the local proxy reaches a pod as soon as its containers are ready. Any other gate waits for its
 * condition.
 */
export function createReadinessController({ registry, note }: ControllerParts): Controller {
  const { objects } = registry;
  const queue = createQueue((key) => {
    const { namespace, name } = splitKey(key);
    const pod = objects.get(PODS, namespace, name);
    if (pod !== undefined) sync(pod);
  }, note);

  const sync = (pod: Pod) => {
    const types = (pod.spec.readinessGates ?? []).map(({ conditionType }) => conditionType);
    const answered = types.filter((type) => type.startsWith(TARGET_HEALTH));
    if (answered.length === 0 || pod.status?.conditions === undefined) return;
    const reached = pod.status.conditions.some(({ type, status }) => type === 'ContainersReady' && status === 'True');
    const told = reached
      ? ({ status: 'True', reason: 'Healthy', message: '' } as const)
      : ({ status: 'False', reason: 'Target.NotRegistered', message: 'the containers are not ready' } as const);
    const change = (draft: Pod) => {
      if (draft.status === undefined) return;
      for (const type of answered) draft.status.conditions = withCondition(draft.status.conditions, { type, ...told });
    };
    registry.modify(PODS, pod, change, STATUS);
  };

  return {
    observe({ resource, object }) {
      if (resource === resourceOf(PODS) && (object as Pod).spec.readinessGates !== undefined) queue.add(keyOf(object));
    },
    resync() {
      for (const pod of objects.list(PODS)) if (pod.spec.readinessGates !== undefined) queue.add(keyOf(pod));
    },
    stop: queue.stop,
  };
}
