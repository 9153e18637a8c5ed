import { randomUUID } from 'node:crypto';
import type { Admission } from '../admission/admission.ts';
import {
  alreadyExists,
  badRequest,
  conflict,
  forbidden,
  invalid,
  invalidValue,
  MODIFIED,
  notFound,
} from '../api/errors.ts';
import { NAMESPACES } from '../kinds/core.ts';
import { apiVersionOf, type Kind } from '../kinds/kind.ts';
import { validateMetadata } from '../kinds/validation.ts';
import type { Fields, KubeObject, ManagedFieldsEntry } from '../model.ts';
import { timestamp } from '../model.ts';
import { isMap, randomName, sameValue } from '../values.ts';
import { deletionOf, type RemoveOptions } from './deletion.ts';
import { fieldValues, ownable } from './fields.ts';
import { afterUpdate, applied, type Writer } from './managers.ts';
import type { Objects } from './objects.ts';
import { generationAfter, hasGeneration, validateOwnership, withoutEmpty } from './upkeep.ts';

export interface WriteOptions extends Writer {
  /** Answers what would be, and writes nothing. */
  readonly dryRun?: boolean;
}

/** An object of a client's: what the API server adds (uid, times, versions) may be missing. */
export type Draft = Fields & { metadata?: Partial<KubeObject['metadata']> };

/**
 * The API server's work on objects apart from HTTP: identity, defaults, validation, generations, managed fields, deletion.
 * The controllers and the kubelet write through it as clients do through the API. Refusals are `ApiError`s.
 */
export interface Registry {
  readonly objects: Objects;
  create<T extends KubeObject>(kind: Kind<T>, namespace: string | undefined, draft: Draft, options: WriteOptions): T;
  /** Replaces an object, or its status alone. A resourceVersion in the draft must be the present one. */
  update<T extends KubeObject>(
    kind: Kind<T>,
    namespace: string | undefined,
    name: string,
    draft: Draft,
    options: WriteOptions,
  ): T;
  /** Changes a copy of the present object and updates it. Answers undefined where there is none. */
  modify<T extends KubeObject>(
    kind: Kind<T>,
    object: KubeObject,
    change: (draft: T) => void,
    options: WriteOptions,
  ): T | undefined;
  /** Server-side apply; creates the object where there is none. */
  apply<T extends KubeObject>(
    kind: Kind<T>,
    namespace: string | undefined,
    name: string,
    config: Draft,
    options: WriteOptions & { readonly force: boolean },
  ): T;
  /** Begins or completes the deletion; `gone` tells which. */
  remove<T extends KubeObject>(
    kind: Kind<T>,
    namespace: string | undefined,
    name: string,
    options: RemoveOptions,
  ): { readonly object: T; readonly gone: boolean };
}

/** `admission` is what a namespace's own rules do to new objects. */
export function createRegistry(objects: Objects, admission: Admission): Registry {
  const requireNamespace = (kind: Kind, namespace: string | undefined, name: string) => {
    if (!kind.namespaced || namespace === undefined) return;
    const found = objects.get(NAMESPACES, undefined, namespace);
    if (found === undefined) throw notFound(NAMESPACES, namespace);
    if (found.metadata.deletionTimestamp === undefined) return;
    const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
    const message = `namespace ${namespace} is being terminated`;
    throw forbidden(kind, name, why, [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }]);
  };

  /** Completes, checks and commits `next`; nothing is written where it equals the present object. */
  const commit = <T extends KubeObject>(
    kind: Kind<T>,
    live: T | undefined,
    next: T,
    options: WriteOptions,
    managedFields?: ManagedFieldsEntry[],
  ): T => {
    const hasStatus = kind.subresources?.includes('status') === true;
    if (hasStatus && options.subresource !== 'status') restore(next, live, 'status');
    const given = fieldValues(ownable(next), kind.schema);
    kind.complete?.(next, live);
    if (live === undefined) admission.complete(kind, next);
    withoutEmpty(kind, next);
    const causes = [
      ...validateMetadata(kind, next),
      ...validateOwnership(live, next),
      ...(kind.validate?.(next, live) ?? []),
    ];
    if (causes.length > 0) throw invalid(kind, next.metadata.name, causes);
    if (live === undefined) admission.check(kind, next);
    if (hasGeneration(kind)) next.metadata.generation = generationAfter(live, next);
    const managers = managedFields ?? afterUpdate(live, next, { ...kind, given }, options);
    if (managers.length > 0) next.metadata.managedFields = managers;
    else delete next.metadata.managedFields;
    if (live !== undefined && sameValue(comparable(live), comparable(next)) && sameOwners(live, managers)) return live;
    const left = live?.metadata.deletionTimestamp !== undefined && isReleased(kind, next);
    if (options.dryRun === true) return next;
    if (!left) return objects.put(kind, next);
    objects.remove(kind, next);
    return next;
  };

  const create: Registry['create'] = (kind, namespace, draft, options) => {
    const next = identified(kind, namespace, draft);
    requireNamespace(kind, namespace, next.metadata.name);
    if (objects.get(kind, namespace, next.metadata.name) !== undefined) throw alreadyExists(kind, next.metadata.name);
    return commit(kind, undefined, next, options);
  };

  const update: Registry['update'] = <T extends KubeObject>(
    kind: Kind<T>,
    namespace: string | undefined,
    name: string,
    draft: Draft,
    options: WriteOptions,
  ): T => {
    const live = objects.get(kind, namespace, name);
    if (live === undefined) throw notFound(kind, name);
    const { metadata = {} } = draft;
    requireVersion(kind, live, draft);
    if (metadata.uid !== undefined && metadata.uid !== '' && metadata.uid !== live.metadata.uid) {
      const why = `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${live.metadata.uid}`;
      throw conflict(kind, name, why);
    }
    const content = options.subresource === 'status' ? { ...live, status: draft.status } : draft;
    const managers = isReset(metadata.managedFields) ? [] : undefined;
    return commit(kind, live, settled(kind, live, structuredClone(content)), options, managers);
  };

  return {
    objects,
    create,
    update,
    modify(kind, object, change, options) {
      const { namespace, name, uid } = object.metadata;
      const live = objects.get(kind, namespace, name);
      if (live === undefined || live.metadata.uid !== uid) return undefined;
      const draft = structuredClone(live);
      change(draft);
      return update(kind, namespace, name, draft, options);
    },
    apply<T extends KubeObject>(
      kind: Kind<T>,
      namespace: string | undefined,
      name: string,
      config: Draft,
      options: WriteOptions & { readonly force: boolean },
    ): T {
      const live = objects.get(kind, namespace, name);
      if (live === undefined) {
        if (options.subresource !== undefined) throw notFound(kind, name);
        requireNamespace(kind, namespace, name);
      } else {
        requireVersion(kind, live, config);
        requireUid(kind, live, config);
      }
      const { status, ...rest } = ownable(config as Partial<KubeObject>);
      const own =
        options.subresource === 'status'
          ? statusAlone(status)
          : kind.subresources?.includes('status')
            ? rest
            : ownable(config as Partial<KubeObject>);
      const target = { apiVersion: apiVersionOf(kind), schema: kind.schema };
      const { content, managedFields } = applied(live, own, target, options, options.force);
      const next =
        live === undefined
          ? identified(kind, namespace, { ...content, metadata: { ...metadataOf(content), name } })
          : settled(kind, live, content);
      return commit(kind, live, structuredClone(next), options, managedFields);
    },
    remove(kind, namespace, name, options) {
      const live = objects.get(kind, namespace, name);
      if (live === undefined) throw notFound(kind, name);
      const next = deletionOf(kind, live, options);
      if (options.dryRun === true) return { object: next ?? live, gone: next === undefined };
      if (next === undefined) return { object: objects.remove(kind, live), gone: true };
      return { object: sameValue(next, live) ? live : objects.put(kind, next), gone: false };
    },
  };
}

/** A resourceVersion that the writer names must be the present one: it has seen what it replaces. */
function requireVersion(kind: Kind, live: KubeObject, { metadata }: Draft): void {
  const version = metadata?.resourceVersion;
  if (version === undefined || version === '' || version === live.metadata.resourceVersion) return;
  throw conflict(kind, live.metadata.name, MODIFIED);
}

/** An apply that names another uid is for an object that is gone. */
function requireUid(kind: Kind, live: KubeObject, { metadata }: Draft): void {
  const uid = metadata?.uid;
  if (!uid || uid === live.metadata.uid) return;
  throw invalid(kind, live.metadata.name, [invalidValue('metadata.uid', uid, 'field is immutable')]);
}

function metadataOf(content: Fields): Fields {
  return isMap(content.metadata) ? content.metadata : {};
}

/** A new object with its identity. */
function identified<T extends KubeObject>(kind: Kind<T>, namespace: string | undefined, draft: Draft): T {
  const { metadata = {}, ...rest } = structuredClone(draft);
  if (metadata.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
  const name = metadata.name || (metadata.generateName ? `${metadata.generateName}${randomName()}` : '');
  const { deletionTimestamp: _, deletionGracePeriodSeconds: __, managedFields: ___, ...own } = metadata;
  const identity = {
    ...own,
    name,
    ...(kind.namespaced && namespace !== undefined ? { namespace } : {}),
    uid: randomUUID(),
    creationTimestamp: timestamp(),
  };
  return { ...rest, apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: identity } as unknown as T;
}

/** `content` under the identity of `live`: of the metadata only what clients own is taken. */
function settled<T extends KubeObject>(kind: Kind<T>, live: T, content: Fields): T {
  const { labels: _, annotations: __, finalizers: ___, ownerReferences: ____, ...fixed } = live.metadata;
  const { metadata } = ownable({ metadata: metadataOf(content) as unknown as KubeObject['metadata'] });
  const rest = { ...content, apiVersion: apiVersionOf(kind), kind: kind.kind };
  return { ...rest, metadata: { ...(isMap(metadata) ? metadata : {}), ...fixed } } as unknown as T;
}

function restore<T extends KubeObject>(next: T, live: T | undefined, field: string): void {
  const fields: Fields = next;
  if (live?.[field] === undefined) delete fields[field];
  else fields[field] = live[field];
}

/** Clients take the managers of an object away by one empty entry (kubernetes.io, server-side apply, "Clearing managedFields"). */
function isReset(entries: readonly ManagedFieldsEntry[] | undefined): boolean {
  return entries?.length === 0 || (entries?.length === 1 && Object.keys(entries[0] ?? {}).length === 0);
}

function statusAlone(status: unknown): Fields {
  return status === undefined ? {} : { status };
}

/** The object without what changes at every write. */
function comparable(object: KubeObject): Fields {
  const { managedFields: _, resourceVersion: __, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function sameOwners(live: KubeObject, managers: readonly ManagedFieldsEntry[]): boolean {
  const withoutTime = (entries: readonly ManagedFieldsEntry[]) => entries.map(({ time: _, ...entry }) => entry);
  return sameValue(withoutTime(live.metadata.managedFields ?? []), withoutTime(managers));
}

/** Whether nothing holds an object that is being deleted: a pod is released by its node, a namespace by its controller. */
function isReleased(kind: Kind, object: KubeObject): boolean {
  if ((object.metadata.finalizers ?? []).length > 0) return false;
  if (kind.plural === 'pods' && kind.group === '') return object.metadata.deletionGracePeriodSeconds === 0;
  const spec = object.spec;
  const held = isMap(spec) && kind.plural === 'namespaces' ? spec.finalizers : undefined;
  return !Array.isArray(held) || held.length === 0;
}
