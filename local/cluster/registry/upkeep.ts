import { type Cause, forbiddenValue, invalidValue } from '../api/errors.ts';
import { type Kind, resourceOf } from '../kinds/kind.ts';
import type { Fields, KubeObject } from '../model.ts';
import { isMap, sameValue } from '../values.ts';

/** The kinds that count the changes of their spec. */
export function hasGeneration({ group, plural, subresources }: Kind): boolean {
  if (group === '') return plural === 'pods';
  return subresources?.includes('status') === true || plural === 'networkpolicies' || plural === 'poddisruptionbudgets';
}

export function generationAfter(live: KubeObject | undefined, next: KubeObject): number {
  if (live === undefined) return 1;
  const before = live.metadata.generation ?? 1;
  return sameValue(live.spec, next.spec) ? before : before + 1;
}

/** Drops parts that Go drops when empty. */
export function withoutEmpty(kind: Kind, object: KubeObject): void {
  const fields: Fields = object;
  const metadata = object.metadata as unknown as Fields;
  for (const field of ['labels', 'annotations', 'finalizers', 'ownerReferences']) {
    if (isEmpty(metadata[field])) delete metadata[field];
  }
  if (!kind.strategic) return;
  for (const field of ['data', 'binaryData', 'stringData']) if (isEmpty(fields[field])) delete fields[field];
  if (kind.subresources?.includes('status') !== true) return;
  const counts = OMITTED_AT_ZERO[resourceOf(kind)] ?? [];
  const status = isMap(fields.status) ? fields.status : {};
  fields.status = Object.fromEntries(
    Object.entries(status).filter(([key, value]) => value !== 0 || !counts.includes(key)),
  );
}

function isEmpty(value: unknown): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

const COUNTS = ['readyReplicas', 'availableReplicas', 'fullyLabeledReplicas'];
/** Counts of a status that are omitted when zero. */
const OMITTED_AT_ZERO: Readonly<Record<string, readonly string[]>> = {
  'apps/deployments': [...COUNTS, 'replicas', 'updatedReplicas', 'unavailableReplicas'],
  'apps/replicasets': COUNTS,
};

export function validateOwnership(live: KubeObject | undefined, next: KubeObject): Cause[] {
  const { finalizers = [], ownerReferences = [] } = next.metadata;
  const causes: Cause[] = ownerReferences.flatMap((owner) =>
    (['apiVersion', 'kind', 'name', 'uid'] as const)
      .filter((field) => !owner[field])
      .map((field) => invalidValue(`metadata.ownerReferences.${field}`, '', 'must not be empty')),
  );
  if (live?.metadata.deletionTimestamp === undefined) return causes;
  const added = finalizers.filter((each) => !live.metadata.finalizers?.includes(each));
  if (added.length === 0) return causes;
  const listed = added.map((each) => JSON.stringify(each)).join(', ');
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${listed}}`;
  return [...causes, forbiddenValue('metadata.finalizers', why)];
}
