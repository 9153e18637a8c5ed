import { usageIn } from '../admission/quota.ts';
import { RESOURCE_QUOTAS } from '../kinds/policy.ts';
import { KINDS } from '../kinds/table.ts';
import type { ResourceQuota } from '../policy-model.ts';
import { formatQuantity } from '../quantity.ts';
import { sameValue } from '../values.ts';
import { type Controller, type ControllerParts, keyOf, splitKey } from './controller.ts';
import { createQueue } from './queue.ts';

const STATUS = { manager: 'resourcequota-controller', subresource: 'status' } as const;

/** Shows in each quota's status the use of its namespace. Admission counts by itself and does not wait for this. */
export function createResourceQuotaController({ registry, note }: ControllerParts): Controller {
  const { objects } = registry;
  const queue = createQueue((key) => {
    const { namespace, name } = splitKey(key);
    const quota = objects.get(RESOURCE_QUOTAS, namespace, name);
    if (quota !== undefined) sync(quota);
  }, note);

  const sync = (quota: ResourceQuota) => {
    const hard = quota.spec.hard ?? {};
    const usage = usageIn(objects, KINDS, quota.metadata.namespace, Object.keys(hard));
    const used = Object.fromEntries([...usage].map(([name, amount]) => [name, formatQuantity(amount)]));
    if (sameValue(quota.status, { hard, used })) return;
    const change = (draft: ResourceQuota) => {
      draft.status = { hard, used };
    };
    registry.modify(RESOURCE_QUOTAS, quota, change, STATUS);
  };

  return {
    observe({ object }) {
      const { namespace } = object.metadata;
      if (namespace === undefined) return;
      for (const quota of objects.list(RESOURCE_QUOTAS, namespace)) queue.add(keyOf(quota));
    },
    resync() {
      for (const quota of objects.list(RESOURCE_QUOTAS)) queue.add(keyOf(quota));
    },
    stop: queue.stop,
  };
}
