import type { Admission } from '../admission/admission.ts';
import { invalid } from '../api/errors.ts';
import type { Kind } from '../kinds/kind.ts';
import { validateMetadata } from '../kinds/validation.ts';
import type { Fields, KubeObject, ManagedFieldsEntry } from '../model.ts';
import { isMap, sameValue } from '../values.ts';
import { fieldValues, ownable } from './fields.ts';
import { afterUpdate, type Writer } from './managers.ts';
import type { Objects } from './objects.ts';
import { generationAfter, hasGeneration, validateOwnership, withoutEmpty } from './upkeep.ts';

export interface WriteOptions extends Writer {
  /** Returns the result without writing it. */
  readonly dryRun?: boolean;
}

/** The parts for writes. `admission` applies a namespace's own rules to new objects. */
export interface Parts {
  readonly objects: Objects;
  readonly admission: Admission;
}

/** Completes, checks and commits `next`; writes nothing if it equals the present object. */
export function commit<T extends KubeObject>(
  parts: Parts,
  kind: Kind<T>,
  live: T | undefined,
  next: T,
  options: WriteOptions,
  managedFields?: ManagedFieldsEntry[],
): T {
  const hasStatus = kind.subresources?.includes('status') === true;
  if (hasStatus && options.subresource !== 'status') restore(next, live, 'status');
  const given = fieldValues(ownable(next), kind.schema);
  completeAndCheck(parts, kind, live, next);
  if (hasGeneration(kind)) next.metadata.generation = generationAfter(live, next);
  const managers = managedFields ?? afterUpdate(live, next, { ...kind, given }, options);
  if (managers.length > 0) next.metadata.managedFields = managers;
  else delete next.metadata.managedFields;
  if (live !== undefined && sameValue(comparable(live), comparable(next)) && sameOwners(live, managers)) return live;
  const left = live?.metadata.deletionTimestamp !== undefined && isReleased(kind, next);
  if (options.dryRun === true) return next;
  if (!left) return parts.objects.put(kind, next);
  parts.objects.remove(kind, next);
  return next;
}

/** Sets defaults in place. Throws for an invalid object, or one that its namespace refuses. */
function completeAndCheck<T extends KubeObject>(
  { admission }: Parts,
  kind: Kind<T>,
  live: T | undefined,
  next: T,
): void {
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
}

function restore<T extends KubeObject>(next: T, live: T | undefined, field: string): void {
  const fields: Fields = next;
  if (live?.[field] === undefined) delete fields[field];
  else fields[field] = live[field];
}

/** The object without the parts that change at every write. */
function comparable(object: KubeObject): Fields {
  const { managedFields: _, resourceVersion: __, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function sameOwners(live: KubeObject, managers: readonly ManagedFieldsEntry[]): boolean {
  const withoutTime = (entries: readonly ManagedFieldsEntry[]) => entries.map(({ time: _, ...entry }) => entry);
  return sameValue(withoutTime(live.metadata.managedFields ?? []), withoutTime(managers));
}

/** Whether nothing holds a deleted object any more: its node releases a pod, and its controller releases a namespace. */
function isReleased(kind: Kind, object: KubeObject): boolean {
  if ((object.metadata.finalizers ?? []).length > 0) return false;
  if (kind.plural === 'pods' && kind.group === '') return object.metadata.deletionGracePeriodSeconds === 0;
  const spec = object.spec;
  const held = isMap(spec) && kind.plural === 'namespaces' ? spec.finalizers : undefined;
  return !Array.isArray(held) || held.length === 0;
}
