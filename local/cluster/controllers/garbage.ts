import { apiVersionOf, type Kind } from '../kinds/kind.ts';
import { KINDS } from '../kinds/table.ts';
import type { KubeObject, OwnerReference } from '../model.ts';
import { FOREGROUND, ORPHAN } from '../registry/deletion.ts';
import type { Controller, ControllerParts } from './controller.ts';
import { createQueue } from './queue.ts';

interface Found {
  readonly kind: Kind;
  readonly object: KubeObject;
}

/**
 * Deletes objects without a living owner, and carries out foreground and orphan deletion by their finalizers
 * (kubernetes.io/docs/concepts/architecture/garbage-collection). Keys are uids of owners.
 */
export function createGarbageCollector({ registry, note }: ControllerParts): Controller {
  const { objects } = registry;
  const manager = { manager: 'garbage-collector' };
  const owners = new Map<string, Found>();
  const dependents = new Map<string, Map<string, Found>>();

  const kindOf = ({ apiVersion, kind }: { apiVersion: string; kind: string }) =>
    KINDS.find((each) => each.kind === kind && apiVersionOf(each) === apiVersion);
  const ownersOf = ({ metadata }: KubeObject) => metadata.ownerReferences ?? [];
  const ownerOf = (reference: OwnerReference, dependent: KubeObject) => {
    const kind = kindOf(reference);
    if (kind === undefined) return undefined;
    const owner = objects.get(kind, dependent.metadata.namespace, reference.name);
    return owner?.metadata.uid === reference.uid ? { kind, object: owner } : undefined;
  };

  const forget = (dependent: Found, uid: string) => {
    const without = (draft: KubeObject) => {
      draft.metadata.ownerReferences = ownersOf(draft).filter((reference) => reference.uid !== uid);
    };
    registry.modify(dependent.kind, dependent.object, without, manager);
  };
  const finalize = ({ kind, object }: Found, finalizer: string) => {
    const without = (draft: KubeObject) => {
      draft.metadata.finalizers = (draft.metadata.finalizers ?? []).filter((each) => each !== finalizer);
    };
    registry.modify(kind, object, without, manager);
  };
  const collect = (dependent: Found, foreground: boolean) => {
    const { kind, object } = dependent;
    if (kindOf(object) === undefined || object.metadata.deletionTimestamp !== undefined) return;
    const present = ownersOf(object).filter((reference) => ownerOf(reference, object) !== undefined);
    const alive = present.filter(
      (reference) => ownerOf(reference, object)?.object.metadata.deletionTimestamp === undefined,
    );
    if (alive.length > 0) {
      for (const reference of ownersOf(object)) if (!present.includes(reference)) forget(dependent, reference.uid);
      return;
    }
    const propagation = foreground ? 'Foreground' : 'Background';
    registry.remove(kind, object.metadata.namespace, object.metadata.name, {
      propagation,
      preconditions: { uid: object.metadata.uid },
    });
  };

  const settle = (uid: string) => {
    const owner = owners.get(uid);
    const mine = () => [...(dependents.get(uid)?.values() ?? [])];
    if (owner === undefined) {
      for (const dependent of mine()) collect(dependent, false);
      return;
    }
    const finalizers = owner.object.metadata.finalizers ?? [];
    if (owner.object.metadata.deletionTimestamp === undefined) return;
    if (finalizers.includes(ORPHAN)) {
      for (const dependent of mine()) forget(dependent, uid);
      finalize(owner, ORPHAN);
    } else if (finalizers.includes(FOREGROUND)) {
      for (const dependent of mine()) collect(dependent, true);
      const blocking = mine().filter(({ object }) =>
        ownersOf(object).some((each) => each.uid === uid && each.blockOwnerDeletion === true),
      );
      if (blocking.length === 0) finalize(owner, FOREGROUND);
    }
  };
  const queue = createQueue(settle, note);

  const index = (kind: Kind, object: KubeObject, previous: KubeObject | undefined, gone: boolean) => {
    const { uid } = object.metadata;
    if (gone) owners.delete(uid);
    else owners.set(uid, { kind, object });
    for (const reference of previous === undefined ? [] : ownersOf(previous))
      dependents.get(reference.uid)?.delete(uid);
    for (const reference of ownersOf(object)) {
      const known = dependents.get(reference.uid) ?? new Map<string, Found>();
      if (gone) known.delete(uid);
      else known.set(uid, { kind, object });
      if (known.size === 0) dependents.delete(reference.uid);
      else dependents.set(reference.uid, known);
    }
  };

  return {
    observe({ object, previous, type }) {
      const kind = kindOf(object);
      if (kind === undefined) return;
      index(kind, object, previous, type === 'DELETED');
      if (type === 'DELETED' || object.metadata.deletionTimestamp !== undefined) queue.add(object.metadata.uid);
      for (const reference of ownersOf(object)) queue.add(reference.uid);
    },
    resync() {
      for (const kind of KINDS) for (const object of objects.list(kind)) index(kind, object, undefined, false);
      for (const uid of new Set([...owners.keys(), ...dependents.keys()])) queue.add(uid);
    },
    stop: queue.stop,
  };
}
