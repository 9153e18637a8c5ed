import type { Schema } from '../kinds/schema.ts';
import type { Fields } from '../model.ts';
import { isMap, sameValue } from '../values.ts';
import { ApiError, badRequest } from './errors.ts';

/** JSON merge patch (RFC 7396). */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const next: Fields = isMap(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete next[key];
    else next[key] = mergePatch(next[key], value);
  }
  return next;
}

interface JsonOperation {
  op: string;
  path: string;
  from?: string;
  value?: unknown;
}

/** JSON patch (RFC 6902). A failed `test` or a missing path is 422, and nothing changes. */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch) || patch.length > 10_000)
    throw badRequest('error decoding patch: a JSON patch is a list of at most 10000 operations');
  const document = structuredClone({ root: target });
  for (const operation of patch as JsonOperation[]) applyOperation(document, operation);
  return document.root;
}

function applyOperation(document: { root: unknown }, { op, path, from = '', value }: JsonOperation): void {
  if (op === 'add') insert(document, path, value);
  else if (op === 'remove') take(document, path);
  else if (op === 'replace') {
    replaceAt(document, path, value);
  } else if (op === 'move') insert(document, path, take(document, from));
  else if (op === 'copy') insert(document, path, structuredClone(read(document, from)));
  else if (op !== 'test' || !sameValue(read(document, path), value)) throw unprocessable();
}

/** The API server gives no more detail about a JSON patch that does not fit. */
function unprocessable(): ApiError {
  return new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}

function locate(document: { root: unknown }, pointer: string): { parent: Fields | unknown[]; key: string } {
  if (pointer !== '' && !pointer.startsWith('/')) throw unprocessable();
  const keys = [
    'root',
    ...pointer
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~')),
  ];
  const last = keys.pop() ?? '';
  let parent: unknown = document;
  for (const key of keys)
    parent = Array.isArray(parent) ? parent[Number(key)] : isMap(parent) ? parent[key] : undefined;
  if (!Array.isArray(parent) && !isMap(parent)) throw unprocessable();
  return { parent, key: last };
}

function read(document: { root: unknown }, pointer: string): unknown {
  const { parent, key } = locate(document, pointer);
  return Array.isArray(parent) ? parent[Number(key)] : parent[key];
}

function insert(document: { root: unknown }, pointer: string, value: unknown): void {
  const { parent, key } = locate(document, pointer);
  if (!Array.isArray(parent)) {
    parent[key] = value;
    return;
  }
  const index = key === '-' ? parent.length : Number(key);
  if (!Number.isInteger(index) || index < 0 || index > parent.length) throw unprocessable();
  parent.splice(index, 0, value);
}

/** A missing field is added, unlike in RFC 6902, as the API server's library does. */
function replaceAt(document: { root: unknown }, pointer: string, value: unknown): void {
  const { parent, key } = locate(document, pointer);
  if (Array.isArray(parent)) take(document, pointer);
  insert(document, pointer, value);
  if (!Array.isArray(parent)) parent[key] = value;
}

function take(document: { root: unknown }, pointer: string): unknown {
  const { parent, key } = locate(document, pointer);
  if (Array.isArray(parent)) {
    const index = Number(key);
    if (!Number.isInteger(index) || index < 0 || index >= parent.length) throw unprocessable();
    return parent.splice(index, 1)[0];
  }
  if (!Object.hasOwn(parent, key)) throw unprocessable();
  const value = parent[key];
  delete parent[key];
  return value;
}

const DELETE_FROM = '$deleteFromPrimitiveList/';
const ORDER = '$setElementOrder/';
const RETAIN = '$retainKeys';

/** Strategic merge patch, with its directives (kubernetes/community, strategic-merge-patch.md). */
export function strategicMerge(target: unknown, patch: unknown, schema: Schema | undefined): unknown {
  if (!isMap(patch)) return patch;
  if (patch.$patch === 'replace') {
    const { $patch: _, ...rest } = patch;
    return rest;
  }
  const retained = patch[RETAIN];
  const base = isMap(target) ? target : {};
  const next: Fields = Array.isArray(retained)
    ? Object.fromEntries(Object.entries(base).filter(([key]) => retained.includes(key)))
    : { ...base };
  for (const [key, value] of Object.entries(patch)) {
    if (key === RETAIN || key.startsWith(ORDER)) continue;
    const field = key.startsWith(DELETE_FROM) ? key.slice(DELETE_FROM.length) : key;
    const before = next[field];
    if (key !== field) {
      if (Array.isArray(before) && Array.isArray(value)) next[field] = before.filter((each) => !value.includes(each));
    } else if (value === null) delete next[key];
    else if (isMap(value) && value.$patch === 'delete') delete next[key];
    else
      next[key] = Array.isArray(value)
        ? mergeList(before, value, schema?.fields?.[key])
        : strategicMerge(before, value, schema?.fields?.[key]);
  }
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith(ORDER) || !Array.isArray(order)) continue;
    const field = key.slice(ORDER.length);
    const [list, before] = [next[field], base[field]];
    if (!Array.isArray(list)) continue;
    next[field] = interleaved(list, order, Array.isArray(before) ? before : [], schema?.fields?.[field]);
  }
  return next;
}

function mergeKeyOf(schema: Schema | undefined): string | undefined {
  return schema?.mergeKey ?? schema?.keys?.[0];
}

function mergeList(before: unknown, patch: readonly unknown[], schema: Schema | undefined): unknown[] {
  const live: readonly unknown[] = Array.isArray(before) ? before : [];
  if (schema?.set === true) {
    return interleaved([...live, ...patch.filter((each) => !live.includes(each))], patch, live, schema);
  }
  const key = mergeKeyOf(schema);
  const items = patch.filter((item) => !isMap(item) || item.$patch !== 'replace');
  if (key === undefined || items.length < patch.length) return [...items];
  const next = [...live];
  for (const item of items) {
    if (!isMap(item)) throw badRequest(`an item of a list that merges by ${key} must be an object`);
    if (item[key] === undefined) throw undeclared(item, key);
    const index = next.findIndex((each) => isMap(each) && each[key] === item[key]);
    if (item.$patch === 'delete') {
      if (index >= 0) next.splice(index, 1);
    } else if (index < 0) next.push(strategicMerge(undefined, item, { fields: schema?.fields ?? {} }));
    else next[index] = strategicMerge(next[index], item, { fields: schema?.fields ?? {} });
  }
  return interleaved(next, items, live, schema);
}

/** Go's own text, which is the API server's whole message. */
function undeclared(item: Fields, key: string): ApiError {
  const text = Object.entries(item).map(([name, value]) => `${name}:${String(value)}`);
  return new ApiError(500, '', `map: map[${text.join(' ')}] does not contain declared merge key: ${key}`);
}

function isSameItem(a: unknown, b: unknown, schema: Schema | undefined): boolean {
  const key = mergeKeyOf(schema);
  return key !== undefined && isMap(a) && isMap(b) ? a[key] === b[key] : a === b;
}

/** The order of a merged list: names in `order` keep that order, the others stay before the items that they preceded. */
function interleaved(
  merged: readonly unknown[],
  order: readonly unknown[],
  live: readonly unknown[],
  schema: Schema | undefined,
): unknown[] {
  const find = (list: readonly unknown[], item: unknown) => list.findIndex((each) => isSameItem(each, item, schema));
  const named = order.flatMap((item) => merged.filter((each) => isSameItem(each, item, schema)));
  const unnamed = merged.filter((each) => find(order, each) < 0);
  const result: unknown[] = [];
  for (const item of named) {
    const before = find(live, item);
    while (unnamed.length > 0 && find(live, unnamed[0]) >= 0 && find(live, unnamed[0]) < before) {
      result.push(unnamed.shift());
    }
    result.push(item);
  }
  return [...result, ...unnamed];
}
