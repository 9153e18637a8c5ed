import { conflict } from '../api/errors.ts';
import type { Kind } from '../kinds/kind.ts';
import type { KubeObject, Namespace, Pod } from '../model.ts';
import { timestamp } from '../model.ts';

export type Propagation = 'Background' | 'Foreground' | 'Orphan';

export interface RemoveOptions {
  /** Seconds that a pod has to end; 0 removes it at once. */
  readonly graceSeconds?: number;
  readonly propagation?: Propagation;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: boolean;
}

export const FOREGROUND = 'foregroundDeletion';
export const ORPHAN = 'orphan';

/** The object at the start of its deletion; undefined when it can go at once. */
export function deletionOf<T extends KubeObject>(kind: Kind<T>, live: T, options: RemoveOptions): T | undefined {
  const { preconditions = {}, propagation = kind.orphans === true ? 'Orphan' : undefined } = options;
  for (const field of ['uid', 'resourceVersion'] as const) {
    const wanted = preconditions[field];
    if (wanted === undefined || wanted === live.metadata[field]) continue;
    const [label, what] = field === 'uid' ? ['UID', 'deleted and then recreated'] : ['ResourceVersion', 'modified'];
    const why = `the ${label} in the precondition (${wanted}) does not match the ${label} in record (${live.metadata[field]}). The object might have been ${what}`;
    throw conflict({ group: '', kind: kind.kind, plural: kind.kind }, live.metadata.name, why);
  }
  const finalizers = new Set(live.metadata.finalizers ?? []);
  if (propagation === 'Foreground') finalizers.add(FOREGROUND);
  if (propagation === 'Orphan') finalizers.add(ORPHAN);
  const grace = graceOf(kind, live, options);
  const namespace = kind.group === '' && kind.plural === 'namespaces';
  if (grace === 0 && finalizers.size === 0 && !namespace) return undefined;

  const begun = live.metadata.deletionTimestamp;
  const sooner = (live.metadata.deletionGracePeriodSeconds ?? grace) > grace;
  const next = structuredClone(live);
  if (finalizers.size > 0) next.metadata.finalizers = [...finalizers];
  if (begun !== undefined && !sooner) return next;
  next.metadata.deletionTimestamp = timestamp(Date.now() + grace * 1000);
  if (!namespace) next.metadata.deletionGracePeriodSeconds = grace;
  if (next.metadata.generation !== undefined) next.metadata.generation += 1;
  if (namespace) (next as Namespace).status = { phase: 'Terminating' };
  return next;
}

/** Only a pod that runs on a node needs time to end. */
function graceOf(kind: Kind, live: KubeObject, options: RemoveOptions): number {
  if (kind.group !== '' || kind.plural !== 'pods') return 0;
  const { spec, status } = live as Pod;
  const ended = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  if (ended || spec.nodeName === undefined) return 0;
  return Math.max(0, options.graceSeconds ?? spec.terminationGracePeriodSeconds ?? 30);
}
