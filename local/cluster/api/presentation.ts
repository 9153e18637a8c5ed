import { apiVersionOf, type Kind } from '../kinds/kind.ts';
import type { Fields, KubeObject } from '../model.ts';
import { ApiError } from './errors.ts';

/** The client's wanted form of objects, by its Accept header. */
export type Form = 'object' | 'table' | 'metadata';

const SERVED = /^\s*(\*\/\*|application\/(\*|json|yaml|vnd\.kubernetes\.protobuf))\s*(;|$)/;

/** Refuses with 406 when no accepted format is known. */
export function formOf(accept: string | undefined): Form {
  const wanted = (accept || '*/*').split(',');
  if (!wanted.some((each) => SERVED.test(each))) {
    throw new ApiError(406, 'NotAcceptable', '406: Not Acceptable\n\nAvailable representations: application/json', {});
  }
  const first = wanted.find((each) => /as=(Table|PartialObjectMetadata)/.test(each));
  if (first === undefined || !first.includes('application/json')) return 'object';
  return first.includes('as=Table') ? 'table' : 'metadata';
}

/** An object in the wanted form. In a watch of tables, only the first has the headings. */
export function present(
  kind: Kind,
  object: KubeObject,
  form: Form,
  { headings = true, within = 'Metadata' } = {},
): Fields {
  if (form === 'table')
    return table(kind, [object], { resourceVersion: object.metadata.resourceVersion }, within, headings);
  return form === 'metadata' ? metadataOnly(object) : object;
}

export interface ListMetadata {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** A list in the wanted form. `within` says how much of its object a table row has: `Metadata`, `Object` or `None`. */
export function presentList(
  kind: Kind,
  items: readonly KubeObject[],
  metadata: ListMetadata,
  form: Form,
  within = 'Metadata',
): Fields {
  if (form === 'table') return table(kind, items, metadata, within, true);
  if (form === 'metadata') {
    const type = { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' };
    return { ...type, metadata, items: items.map(metadataOnly) };
  }
  const shown = kind.strategic ? items.map(({ apiVersion: _, kind: __, ...rest }) => rest) : items;
  return { kind: `${kind.kind}List`, apiVersion: apiVersionOf(kind), metadata, items: shown };
}

function metadataOnly({ metadata }: KubeObject): Fields {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}

function table(
  kind: Kind,
  items: readonly KubeObject[],
  metadata: ListMetadata,
  within: string,
  headings: boolean,
): Fields {
  const columns = kind.columns ?? [{ name: 'Name', cell: ({ metadata }: KubeObject) => metadata.name }];
  const definitions = [...columns, { name: 'Age', type: 'string' as const }].map(({ name, type }) => ({
    name,
    type: type === 'integer' ? 'integer' : 'string',
    format: name === 'Name' ? 'name' : '',
    description: '',
    priority: 0,
  }));
  const rows = items.map((object) => {
    const cells = columns.map((column) => {
      const value = column.cell(object);
      return column.type === 'date' ? age(String(value)) : value;
    });
    const carried =
      within === 'None' ? { object: null } : { object: within === 'Object' ? object : metadataOnly(object) };
    return { cells: [...cells, age(object.metadata.creationTimestamp)], ...carried };
  });
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    ...(headings ? { columnDefinitions: definitions } : {}),
    rows,
  };
}

/** An age in the largest whole unit, as kubectl prints it. */
function age(since: string): string {
  const seconds = Math.floor((Date.now() - Date.parse(since)) / 1000);
  if (!Number.isFinite(seconds)) return '<unknown>';
  if (seconds < 120) return `${Math.max(0, seconds)}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
