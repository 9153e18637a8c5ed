import type { Schema } from '../kinds/schema.ts';
import type { Fields, KubeObject } from '../model.ts';
import { canonical, isMap } from '../values.ts';

/**
 * The fields of an object by path, each with its value as JSON. A path joins FieldsV1 elements (`f:spec`, `k:{"name":"app"}`,
 * `v:"x"`) by line feeds, which no element can hold; an item of a keyed list is a field of its own with an empty value.
 */
export type FieldValues = ReadonlyMap<string, string>;

const SEPARATOR = '\n';
const OWN_METADATA = ['generateName', 'labels', 'annotations', 'finalizers', 'ownerReferences'];

/** The fields of an object that a manager can own: all but the identity and those that only the server writes. */
export function ownable(object: Partial<KubeObject>): Fields {
  const { apiVersion: _, kind: __, metadata, ...rest } = object;
  const kept = Object.entries(metadata ?? {}).filter(([key]) => OWN_METADATA.includes(key));
  return kept.length === 0 ? rest : { ...rest, metadata: Object.fromEntries(kept) };
}

export function fieldValues(value: unknown, schema: Schema | undefined): FieldValues {
  return collected(value, schema, () => false);
}

/**
 * As `fieldValues`, with each map and keyed list as its own field with an empty value: an update that creates one owns it. Only parts that every
 * object of a built-in kind has from the start, such as its spec, have no owner.
 */
export function fieldsAndParents(value: unknown, schema: Schema | undefined, builtIn: boolean): FieldValues {
  return collected(value, schema, (path) => !(builtIn ? EVERYWHERE : METADATA).test(path));
}

const METADATA = /^(\nf:metadata)?$/;
/** Structs that Go writes even when empty. */
const EVERYWHERE = /^(\nf:(metadata|spec|status|strategy|template|jobTemplate|scaleTargetRef|containers))*$/;

type Collector = { readonly found: Map<string, string>; readonly isOwned: (parent: string) => boolean };

function collected(value: unknown, schema: Schema | undefined, isOwned: (parent: string) => boolean): FieldValues {
  const found = new Map<string, string>();
  collect(value, schema, '', { found, isOwned });
  return found;
}

function collect(value: unknown, schema: Schema | undefined, path: string, to: Collector): void {
  const isParent = isMap(value) && schema?.atomic !== true && (path === '' || Object.keys(value).length > 0);
  const isList = Array.isArray(value) && value.length > 0 && (schema?.keys ?? schema?.set) !== undefined;
  if ((isParent || isList) && to.isOwned(path)) to.found.set(path, '');
  if (isParent) {
    for (const [key, each] of Object.entries(value)) {
      if (each !== undefined) collect(each, schema?.fields?.[key], `${path}${SEPARATOR}f:${key}`, to);
    }
  } else if (isList) for (const item of value) collectItem(item, schema ?? {}, path, to);
  else to.found.set(path, canonical(value));
}

function collectItem(item: unknown, list: Schema, path: string, to: Collector): void {
  const at = `${path}${SEPARATOR}${elementOf(item, list)}`;
  to.found.set(at, list.atomicItems === true ? canonical(item) : '');
  if (list.keys === undefined || list.atomicItems === true || !isMap(item)) return;
  for (const [key, each] of Object.entries(item)) {
    if (each !== undefined) collect(each, list.fields?.[key], `${at}${SEPARATOR}f:${key}`, to);
  }
}

/** How FieldsV1 names an item of a list. */
function elementOf(item: unknown, list: Schema): string {
  if (list.keys === undefined || !isMap(item)) return `v:${canonical(item)}`;
  const key = (name: string) => [name, item[name] ?? list.keyDefaults?.[name]] as const;
  return `k:${canonical(Object.fromEntries(list.keys.map(key)))}`;
}

/** Deletes the fields in `gone` from `value`; an item stays if `kept` holds something in it. */
export function withoutFields(
  value: unknown,
  schema: Schema | undefined,
  gone: ReadonlySet<string>,
  kept: ReadonlySet<string>,
  path = '',
): unknown {
  if (isMap(value) && schema?.atomic !== true) {
    const entries = Object.entries(value).flatMap(([key, each]) => {
      const at = `${path}${SEPARATOR}f:${key}`;
      const child = schema?.fields?.[key];
      if (gone.has(at) && isLeaf(each, child)) return [];
      const left = withoutFields(each, child, gone, kept, at);
      return isEmpty(left) && !isEmpty(each) ? [] : [[key, left] as const];
    });
    return Object.fromEntries(entries);
  }
  if (!Array.isArray(value) || schema === undefined || (schema.keys ?? schema.set) === undefined) return value;
  return value.flatMap((item) => {
    const at = `${path}${SEPARATOR}${elementOf(item, schema)}`;
    const within = [...kept].some((each) => each === at || each.startsWith(`${at}${SEPARATOR}`));
    if (gone.has(at) && !within) return [];
    if (schema.keys === undefined || schema.atomicItems === true) return [item];
    return [withoutFields(item, { fields: schema.fields ?? {} }, gone, kept, at)];
  });
}

function isLeaf(value: unknown, schema: Schema | undefined): boolean {
  if (isMap(value)) return schema?.atomic === true || isEmpty(value);
  return !Array.isArray(value) || isEmpty(value) || (schema?.keys ?? schema?.set) === undefined;
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isMap(value) && Object.keys(value).length === 0;
}

/** Lays `config` over `live`: its fields replace others, keyed items are matched, the rest stays. */
export function merged(live: unknown, config: unknown, schema: Schema | undefined): unknown {
  if (isMap(config) && schema?.atomic !== true) {
    const base = isMap(live) ? live : {};
    const next: Fields = { ...base };
    for (const [key, each] of Object.entries(config)) next[key] = merged(base[key], each, schema?.fields?.[key]);
    return next;
  }
  if (!Array.isArray(config) || schema === undefined || (schema.keys ?? schema.set) === undefined) return config;
  const before: readonly unknown[] = Array.isArray(live) ? live : [];
  const item: Schema = schema.atomicItems === true ? { atomic: true } : { fields: schema.fields ?? {} };
  const wanted = new Map(config.map((each: unknown) => [elementOf(each, schema), each] as const));
  const present = before.map((each) => {
    const element = elementOf(each, schema);
    const laid = wanted.get(element);
    wanted.delete(element);
    return laid === undefined ? each : merged(each, laid, item);
  });
  return [...present, ...[...wanted.values()].map((each) => merged(undefined, each, item))];
}

/** FieldsV1 of a set of paths: a trie, in which `.` marks a field that has fields of its own. */
export function toFieldsV1(paths: Iterable<string>): Fields {
  const root: Fields = {};
  for (const path of [...paths].sort()) {
    let node = root;
    for (const element of path.split(SEPARATOR).slice(1)) node = childOf(node, element);
    node['.'] = {};
  }
  return withoutLeafMarks(root);
}

function childOf(node: Fields, element: string): Fields {
  const present = node[element];
  if (isMap(present)) return present;
  const created: Fields = {};
  node[element] = created;
  return created;
}

function withoutLeafMarks(node: Fields): Fields {
  if (Object.keys(node).length === 1 && node['.'] !== undefined) return {};
  const children = Object.entries(node).map(([element, child]) => [
    element,
    isMap(child) ? withoutLeafMarks(child) : {},
  ]);
  return Object.fromEntries(children);
}

export function fromFieldsV1(node: Fields, path = ''): string[] {
  const elements = Object.entries(node);
  if (elements.length === 0) return path === '' ? [] : [path];
  return elements.flatMap(([element, child]) =>
    element === '.' ? [path] : fromFieldsV1(isMap(child) ? child : {}, `${path}${SEPARATOR}${element}`),
  );
}

/** A path as an error shows it: `.spec.containers[name="app"].image`. */
export function readablePath(path: string): string {
  const parts = path.split(SEPARATOR).slice(1);
  return parts
    .map((part) => {
      const text = part.slice(2);
      if (part.startsWith('f:')) return `.${text}`;
      if (part.startsWith('v:')) return `[=${text}]`;
      const keys = Object.entries(JSON.parse(text) as Fields).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
      return `[${keys.join(',')}]`;
    })
    .join('');
}
