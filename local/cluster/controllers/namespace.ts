import { NAMESPACES } from '../kinds/core.ts';
import { resourceOf } from '../kinds/kind.ts';
import { KINDS } from '../kinds/table.ts';
import type { Namespace } from '../model.ts';
import { type Controller, type ControllerParts, keyOf, splitKey } from './controller.ts';
import { createQueue } from './queue.ts';

/** Empties a namespace that is being deleted, and releases it when it is empty. */
export function createNamespaceController({ registry, note }: ControllerParts): Controller {
  const { objects } = registry;
  const queue = createQueue((key) => {
    const namespace = objects.get(NAMESPACES, undefined, splitKey(key).name);
    if (namespace?.metadata.deletionTimestamp !== undefined) finish(namespace);
  }, note);

  const finish = (namespace: Namespace) => {
    const content = () =>
      KINDS.filter((kind) => kind.namespaced).flatMap((kind) =>
        objects.list(kind, namespace.metadata.name).map((object) => ({ kind, object })),
      );
    for (const { kind, object } of content()) {
      if (object.metadata.deletionTimestamp !== undefined) continue;
      registry.remove(kind, object.metadata.namespace, object.metadata.name, { propagation: 'Background' });
    }
    if (content().length > 0) return;
    const release = (draft: Namespace) => {
      draft.spec = { finalizers: [] };
    };
    registry.modify(NAMESPACES, namespace, release, { manager: 'namespace-controller' });
  };

  return {
    observe(change) {
      if (change.resource === resourceOf(NAMESPACES)) return queue.add(keyOf(change.object));
      const { namespace } = change.object.metadata;
      if (change.type === 'DELETED' && namespace !== undefined) queue.add(`/${namespace}`);
    },
    resync() {
      for (const namespace of objects.list(NAMESPACES)) queue.add(keyOf(namespace));
    },
    stop: queue.stop,
  };
}
