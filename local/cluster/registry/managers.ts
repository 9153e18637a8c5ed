import { ApiError } from '../api/errors.ts';
import { resourceOf } from '../kinds/kind.ts';
import type { Schema } from '../kinds/schema.ts';
import type { Fields, KubeObject, ManagedFieldsEntry } from '../model.ts';
import { timestamp } from '../model.ts';
import {
  type FieldValues,
  fieldsAndParents,
  fieldValues,
  fromFieldsV1,
  merged,
  ownable,
  readablePath,
  toFieldsV1,
  withoutFields,
} from './fields.ts';

/** The writer: the field manager, and the subresource through which it writes. */
export interface Writer {
  readonly manager: string;
  readonly subresource?: 'status' | 'scale';
}

interface Owner {
  readonly entry: ManagedFieldsEntry;
  readonly paths: Set<string>;
}

function ownersOf(object: KubeObject | undefined): Owner[] {
  const entries = object?.metadata.managedFields ?? [];
  return entries.map((entry) => ({ entry, paths: new Set(fromFieldsV1(entry.fieldsV1)) }));
}

function isWriter(entry: ManagedFieldsEntry, operation: 'Apply' | 'Update', writer: Writer): boolean {
  return entry.operation === operation && entry.manager === writer.manager && entry.subresource === writer.subresource;
}

function entriesOf(owners: readonly Owner[]): ManagedFieldsEntry[] {
  const owning = owners.filter(({ paths }) => paths.size > 0);
  return owning.map(({ entry, paths }) => ({ ...entry, fieldsV1: toFieldsV1(paths) }));
}

function newEntry(operation: 'Apply' | 'Update', apiVersion: string, writer: Writer): ManagedFieldsEntry {
  const { manager, subresource } = writer;
  const base = { manager, operation, apiVersion, time: timestamp(), fieldsType: 'FieldsV1', fieldsV1: {} } as const;
  return subresource === undefined ? base : { ...base, subresource };
}

interface OwnedKind {
  readonly group: string;
  readonly plural: string;
  readonly schema: Schema;
  readonly strategic: boolean;
  readonly subresources?: readonly string[];
  /** The object as the writer sent it, before defaults. */
  readonly given: FieldValues;
}

/** The server sets these fields after the owners are known, so they belong only to managers that name them. */
const FILLED_IN: Readonly<Record<string, RegExp>> = {
  '/namespaces': /^\nf:spec/,
  '/services': /^\nf:spec\nf:(clusterIP|clusterIPs|ipFamilies|ipFamilyPolicy)$/,
  '/pods': /^\nf:spec\nf:serviceAccountName$/,
};

/** A status is written through its subresource only, and the server's own fields have no owner. */
function isWritable(kind: OwnedKind, path: string, { subresource }: Writer): boolean {
  if (kind.subresources?.includes('status') === true && subresource !== 'status' && /^\nf:status/.test(path))
    return false;
  return kind.given.has(path) || FILLED_IN[resourceOf(kind)]?.test(path) !== true;
}

/**
 * The managed fields after a create, update or patch: the writer owns its changes, and deleted fields lose their owners. An object without known
 * owners keeps none until somebody applies it.
 */
export function afterUpdate(
  live: KubeObject | undefined,
  next: KubeObject,
  kind: OwnedKind,
  writer: Writer,
): ManagedFieldsEntry[] {
  if (live !== undefined && (live.metadata.managedFields ?? []).length === 0) return [];
  const { schema, strategic } = kind;
  const isOwn = (path: string) => isWritable(kind, path, writer);
  const fieldsOf = (object: KubeObject) =>
    new Map([...fieldsAndParents(ownable(object), schema, strategic)].filter(([path]) => isOwn(path)));
  const before = live === undefined ? new Map<string, string>() : fieldsOf(live);
  const after = fieldsOf(next);
  const all = fieldsAndParents(ownable(next), schema, strategic);
  const isChanged = (path: string, value: string) => (value === '' ? !before.has(path) : before.get(path) !== value);
  const changed = [...after].filter(([path, value]) => isChanged(path, value)).map(([path]) => path);
  const owners = ownersOf(live);
  if (changed.length > 0 && !owners.some(({ entry }) => isWriter(entry, 'Update', writer))) {
    owners.push({ entry: newEntry('Update', next.apiVersion, writer), paths: new Set() });
  }
  const result = owners.map(({ entry, paths }) => {
    const own = isWriter(entry, 'Update', writer);
    const kept = new Set([...paths].filter((path) => all.has(path) && (own || !changed.includes(path))));
    if (own) for (const path of changed) kept.add(path);
    return { entry: own && changed.length > 0 ? { ...entry, time: timestamp() } : entry, paths: kept };
  });
  return entriesOf(result);
}

/**
 * Server-side apply of `config` over `live`. A conflict is a field that another manager owns with a different value: refused with 409 naming each,
 * unless forced. Fields that this manager applied before and no longer names are deleted, unless another also owns them. Source:
 * kubernetes.io/docs/reference/using-api/server-side-apply.
 */
export function applied(
  live: KubeObject | undefined,
  config: Fields,
  kind: { readonly apiVersion: string; readonly schema: Schema },
  writer: Writer,
  force: boolean,
): { readonly content: Fields; readonly managedFields: ManagedFieldsEntry[] } {
  const { apiVersion, schema } = kind;
  const wanted = fieldValues(config, schema);
  const liveContent = live === undefined ? {} : ownable(live);
  const present = fieldValues(liveContent, schema);
  const owners = live === undefined ? [] : knownOwners(live, schema);
  const mine = owners.find(({ entry }) => isWriter(entry, 'Apply', writer));
  const others = owners.filter((owner) => owner !== mine);

  const contested = others.flatMap((owner) =>
    [...wanted]
      .filter(([path, value]) => owner.paths.has(path) && present.has(path) && present.get(path) !== value)
      .map(([path]) => ({ owner, path })),
  );
  if (contested.length > 0 && !force) throw applyConflict(contested);
  for (const { owner, path } of contested) owner.paths.delete(path);

  const kept = new Set([...wanted.keys(), ...others.flatMap(({ paths }) => [...paths])]);
  const gone = new Set([...(mine?.paths ?? [])].filter((path) => !kept.has(path)));
  const content = withoutFields(merged(liveContent, config, schema), schema, gone, kept) as Fields;
  const entry = mine?.entry ?? newEntry('Apply', apiVersion, writer);
  const unchanged =
    mine !== undefined && mine.paths.size === wanted.size && [...wanted.keys()].every((path) => mine.paths.has(path));
  const applier: Owner = {
    entry: unchanged ? entry : { ...entry, time: timestamp() },
    paths: new Set(wanted.keys()),
  };
  const next = mine === undefined ? [...owners, applier] : owners.map((owner) => (owner === mine ? applier : owner));
  return { content, managedFields: entriesOf(next) };
}

/** The owners of an object; fields without a known owner existed before anybody applied. */
function knownOwners(live: KubeObject, schema: Schema): Owner[] {
  const owners = ownersOf(live);
  if (owners.length > 0) return owners;
  const entry = newEntry('Update', live.apiVersion, { manager: 'before-first-apply' });
  return [{ entry, paths: new Set(fieldsAndParents(ownable(live), schema, true).keys()) }];
}

/** Words and order are those of structured-merge-diff's `Conflicts`, which kubectl shows to people. */
function applyConflict(contested: readonly { owner: Owner; path: string }[]): ApiError {
  const by = ({ entry }: Owner) => {
    const through = entry.subresource === undefined ? '' : ` with subresource "${entry.subresource}"`;
    return `"${entry.manager}"${through}${entry.operation === 'Apply' ? '' : ` using ${entry.apiVersion}`}`;
  };
  const fields = new Map<string, string[]>();
  for (const { owner, path } of contested) {
    fields.set(by(owner), [...(fields.get(by(owner)) ?? []), readablePath(path)]);
  }
  const groups = [...fields].sort(([a], [b]) => (a < b ? -1 : 1));
  const causes = groups.flatMap(([manager, paths]) =>
    paths.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${manager}`, field })),
  );
  const [only] = causes;
  const listed =
    causes.length === 1 && only !== undefined
      ? `1 conflict: ${only.message}: ${only.field}`
      : `${causes.length} conflicts: ${groups.map(([manager, paths]) => `conflicts with ${manager}:\n${paths.map((path) => `- ${path}`).join('\n')}`).join('\n')}`;
  return new ApiError(409, 'Conflict', `Apply failed with ${listed}`, { causes });
}
