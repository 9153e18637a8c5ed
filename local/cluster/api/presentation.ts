import { apiVersionOf, type Kind } from '../kinds/kind.ts';
import type { Fields, KubeObject } from '../model.ts';

/** How the client wants objects shown, by its Accept header. */
export type Form = 'object' | 'table' | 'metadata';

export function formOf(accept: string | undefined): Form {
  const first = (accept ?? '').split(',').find((each) => /as=(Table|PartialObjectMetadata)/.test(each));
  if (first === undefined || !first.includes('application/json')) return 'object';
  return first.includes('as=Table') ? 'table' : 'metadata';
}

/** One object in the wanted form. Where a watch shows tables, only the first carries the headings. */
export function present(kind: Kind, object: KubeObject, form: Form, headings = true): Fields {
  if (form === 'table') return table(kind, [object], object.metadata.resourceVersion, headings);
  return form === 'metadata' ? metadataOnly(object) : object;
}

export function presentList(kind: Kind, items: readonly KubeObject[], version: string, form: Form): Fields {
  if (form === 'table') return table(kind, items, version, true);
  const metadata = { resourceVersion: version };
  if (form === 'metadata') {
    const type = { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' };
    return { ...type, metadata, items: items.map(metadataOnly) };
  }
  return { kind: `${kind.kind}List`, apiVersion: apiVersionOf(kind), metadata, items };
}

function metadataOnly({ metadata }: KubeObject): Fields {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}

function table(kind: Kind, items: readonly KubeObject[], version: string, headings: boolean): Fields {
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
    return { cells: [...cells, age(object.metadata.creationTimestamp)], object: metadataOnly(object) };
  });
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: version },
    ...(headings ? { columnDefinitions: definitions } : {}),
    rows,
  };
}

/** How long ago, in the largest whole unit, as kubectl prints it. */
function age(since: string): string {
  const seconds = Math.floor((Date.now() - Date.parse(since)) / 1000);
  if (!Number.isFinite(seconds)) return '<unknown>';
  if (seconds < 120) return `${Math.max(0, seconds)}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
