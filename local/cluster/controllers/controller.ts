import type { KubeObject } from '../model.ts';
import type { Change } from '../registry/objects.ts';
import type { Registry } from '../registry/registry.ts';
import type { Queue } from './queue.ts';

/** The shared parts of controllers. `note` is for the operator. */
export interface ControllerParts {
  readonly registry: Registry;
  note(line: string): void;
}

/** A loop that brings the actual state closer to the wanted one, driven by changes. */
export interface Controller {
  /** Called within each write; only adds keys. */
  observe(change: Change): void;
  /** Queues every existing object, once at the start. */
  resync(): void;
  stop(): void;
}

export function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

export function splitKey(key: string): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** Queues the owners of `kind` of an object, before and after a change. */
export function addOwners(queue: Queue, kind: string, change: Change): void {
  for (const object of [change.object, change.previous]) {
    for (const owner of object?.metadata.ownerReferences ?? []) {
      if (owner.kind === kind) queue.add(`${object?.metadata.namespace ?? ''}/${owner.name}`);
    }
  }
}
