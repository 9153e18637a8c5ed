import type { Cause } from '../api/errors.ts';
import type { KubeObject } from '../model.ts';
import type { Schema } from './schema.ts';

interface Column<T extends KubeObject = KubeObject> {
  readonly name: string;
  readonly type?: 'string' | 'integer' | 'date';
  cell(object: T): string | number;
}

/** A kind that the API serves. A kind's row of the table holds everything particular to it. */
export interface Kind<T extends KubeObject = KubeObject> {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly namespaced: boolean;
  readonly subresources?: readonly ('status' | 'scale' | 'log' | 'exec')[];
  /** How lists and maps merge; other maps merge key by key, and other lists are replaced whole. */
  readonly schema: Schema;
  /** Client-side apply merges it strategically; custom resources accept only JSON patches and merge patches. */
  readonly strategic: boolean;
  /** The rule for names: a DNS subdomain by default. RBAC names may hold any path segment. */
  readonly naming?: 'label' | 'path';
  /** Made when somebody reads it: nobody writes it, and it cannot be watched. */
  readonly computed?: true;
  /** A deletion without a policy keeps the dependents, as with Jobs of batch/v1. */
  readonly orphans?: true;
  readonly columns?: readonly Column<T>[];
  /** Sets the API server's defaults, in place. `previous` is undefined on creation. */
  complete?(object: T, previous: T | undefined): void;
  validate?(object: T, previous: T | undefined): readonly Cause[];
}

/** `<group>/<plural>`: the kind's own name in the store and among watchers. */
export function resourceOf(kind: Pick<Kind, 'group' | 'plural'>): string {
  return `${kind.group}/${kind.plural}`;
}

export function apiVersionOf(kind: Pick<Kind, 'group' | 'version'>): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}
