import { EVENTS } from './kinds/core.ts';
import type { Fields, KubeObject } from './model.ts';
import { timestamp } from './model.ts';
import type { Registry } from './registry/registry.ts';
import { canonical, hashName } from './values.ts';

/** Records what happened to an object, for `kubectl describe` and `kubectl get events`. */
export type Recorder = (object: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string) => void;

const KEPT = 1000;
const KEPT_MS = 3_600_000;

/** Records a component's events; a repeated one is counted. They are kept for an hour as in a real cluster, the last thousand at most. */
export function createRecorder(registry: Registry, component: string): Recorder {
  const { objects } = registry;
  const options = { manager: component };
  const source = component === 'kubelet' ? { component, host: 'local' } : { component };

  const sweep = () => {
    const all = [...objects.list(EVENTS)].sort((a, b) => (lastSeen(a) < lastSeen(b) ? -1 : 1));
    const old = all.filter((event) => Date.now() - Date.parse(lastSeen(event)) > KEPT_MS);
    for (const { metadata } of all.slice(0, Math.max(old.length, all.length - KEPT))) {
      registry.remove(EVENTS, metadata.namespace, metadata.name, {});
    }
  };
  let count = 0;

  return (object, type, reason, message) => {
    const { name, namespace, uid, resourceVersion } = object.metadata;
    const { kind, apiVersion } = object;
    const involvedObject = { kind, apiVersion, name, namespace, uid, resourceVersion };
    const eventName = `${name}.${hashName(canonical([uid, type, reason, message]))}`;
    const live = objects.get(EVENTS, namespace, eventName);
    const now = timestamp();
    try {
      if (live !== undefined) {
        const repeat = (draft: Fields) =>
          Object.assign(draft, { count: Number(live.count ?? 1) + 1, lastTimestamp: now });
        registry.modify(EVENTS, live, repeat, options);
        return;
      }
      const content = { involvedObject, type, reason, message, count: 1, firstTimestamp: now, lastTimestamp: now };
      registry.create(EVENTS, namespace, { ...content, source, metadata: { name: eventName } }, options);
      count += 1;
      if (count % 100 === 0) sweep();
    } catch {
      // The namespace is being deleted: nobody will read its events.
    }
  };
}

function lastSeen(event: KubeObject): string {
  return String(event.lastTimestamp ?? event.metadata.creationTimestamp);
}
