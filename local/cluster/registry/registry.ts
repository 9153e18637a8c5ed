import type { Admission } from '../admission/admission.ts';
import type { Kind } from '../kinds/kind.ts';
import type { KubeObject } from '../model.ts';
import type { Parts, WriteOptions } from './commit.ts';
import type { RemoveOptions } from './deletion.ts';
import type { Draft } from './draft.ts';
import type { Objects } from './objects.ts';
import { apply, create, remove, update } from './write.ts';

/**
 * The API server's work on objects without HTTP: identity, defaults, validation, generations, managed fields, deletion. The controllers and the
 * kubelet write through it as clients do through the API. Refusals are `ApiError`s.
 */
export interface Registry {
  readonly objects: Objects;
  create<T extends KubeObject>(kind: Kind<T>, namespace: string | undefined, draft: Draft, options: WriteOptions): T;
  /** Replaces an object, or only its status. A resourceVersion in the draft must be the present one. */
  update<T extends KubeObject>(
    kind: Kind<T>,
    namespace: string | undefined,
    name: string,
    draft: Draft,
    options: WriteOptions,
  ): T;
  /** Changes a copy of the present object and updates it. Undefined when it is missing. */
  modify<T extends KubeObject>(
    kind: Kind<T>,
    object: KubeObject,
    change: (draft: T) => void,
    options: WriteOptions,
  ): T | undefined;
  /** Server-side apply; creates a missing object. */
  apply<T extends KubeObject>(
    kind: Kind<T>,
    namespace: string | undefined,
    name: string,
    config: Draft,
    options: WriteOptions & { readonly force: boolean },
  ): T;
  /** Begins or completes the deletion; `gone` says which. */
  remove<T extends KubeObject>(
    kind: Kind<T>,
    namespace: string | undefined,
    name: string,
    options: RemoveOptions,
  ): { readonly object: T; readonly gone: boolean };
}

/** `admission` applies a namespace's own rules to new objects. */
export function createRegistry(objects: Objects, admission: Admission): Registry {
  const parts: Parts = { objects, admission };
  return {
    objects,
    create: (kind, namespace, draft, options) => create(parts, kind, namespace, draft, options),
    update: (kind, namespace, name, draft, options) => update(parts, kind, namespace, name, draft, options),
    modify(kind, object, change, options) {
      const { namespace, name, uid } = object.metadata;
      const live = objects.get(kind, namespace, name);
      if (live === undefined || live.metadata.uid !== uid) return undefined;
      const draft = structuredClone(live);
      change(draft);
      return update(parts, kind, namespace, name, draft, options);
    },
    apply: (kind, namespace, name, config, options) => apply(parts, kind, namespace, name, config, options),
    remove: (kind, namespace, name, options) => remove(parts, kind, namespace, name, options),
  };
}
