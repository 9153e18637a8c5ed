import { alreadyExists, conflict, forbidden, notFound } from '../api/errors.ts';
import { NAMESPACES } from '../kinds/core.ts';
import { apiVersionOf, type Kind } from '../kinds/kind.ts';
import type { Fields, KubeObject, ManagedFieldsEntry } from '../model.ts';
import { sameValue } from '../values.ts';
import { commit, type Parts, type WriteOptions } from './commit.ts';
import { deletionOf, type RemoveOptions } from './deletion.ts';
import { type Draft, identified, metadataOf, requireUid, requireVersion, settled } from './draft.ts';
import { ownable } from './fields.ts';
import { applied } from './managers.ts';

/** Creates an object. Throws if it exists, or if its namespace is missing or being deleted. */
export function create<T extends KubeObject>(
  parts: Parts,
  kind: Kind<T>,
  namespace: string | undefined,
  draft: Draft,
  options: WriteOptions,
): T {
  const next = identified(kind, namespace, draft);
  requireNamespace(parts, kind, namespace, next.metadata.name);
  if (parts.objects.get(kind, namespace, next.metadata.name) !== undefined)
    throw alreadyExists(kind, next.metadata.name);
  return commit(parts, kind, undefined, next, options);
}

/** Replaces an object, or only its status. Throws for a missing object, another version or another uid. */
export function update<T extends KubeObject>(
  parts: Parts,
  kind: Kind<T>,
  namespace: string | undefined,
  name: string,
  draft: Draft,
  options: WriteOptions,
): T {
  const live = parts.objects.get(kind, namespace, name);
  if (live === undefined) throw notFound(kind, name);
  const { metadata = {} } = draft;
  requireVersion(kind, live, draft);
  if (metadata.uid !== undefined && metadata.uid !== '' && metadata.uid !== live.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${live.metadata.uid}`;
    throw conflict(kind, name, why);
  }
  const content = options.subresource === 'status' ? { ...live, status: draft.status } : draft;
  const managers = isReset(metadata.managedFields) ? [] : undefined;
  return commit(parts, kind, live, settled(kind, live, structuredClone(content)), options, managers);
}

/** Server-side apply. Throws as `create` and `update` do. */
export function apply<T extends KubeObject>(
  parts: Parts,
  kind: Kind<T>,
  namespace: string | undefined,
  name: string,
  config: Draft,
  options: WriteOptions & { readonly force: boolean },
): T {
  const live = parts.objects.get(kind, namespace, name);
  if (live === undefined) {
    if (options.subresource !== undefined) throw notFound(kind, name);
    requireNamespace(parts, kind, namespace, name);
  } else {
    requireVersion(kind, live, config);
    requireUid(kind, live, config);
  }
  const target = { apiVersion: apiVersionOf(kind), schema: kind.schema };
  const { content, managedFields } = applied(live, ownBy(kind, config, options), target, options, options.force);
  const next =
    live === undefined
      ? identified(kind, namespace, { ...content, metadata: { ...metadataOf(content), name } })
      : settled(kind, live, content);
  return commit(parts, kind, live, structuredClone(next), options, managedFields);
}

/** Begins or completes the deletion. Throws for a missing object. */
export function remove<T extends KubeObject>(
  { objects }: Parts,
  kind: Kind<T>,
  namespace: string | undefined,
  name: string,
  options: RemoveOptions,
): { readonly object: T; readonly gone: boolean } {
  const live = objects.get(kind, namespace, name);
  if (live === undefined) throw notFound(kind, name);
  const next = deletionOf(kind, live, options);
  if (options.dryRun === true) return { object: next ?? live, gone: next === undefined };
  if (next === undefined) return { object: objects.remove(kind, live), gone: true };
  return { object: sameValue(next, live) ? live : objects.put(kind, next), gone: false };
}

function requireNamespace({ objects }: Parts, kind: Kind, namespace: string | undefined, name: string): void {
  if (!kind.namespaced || namespace === undefined) return;
  const found = objects.get(NAMESPACES, undefined, namespace);
  if (found === undefined) throw notFound(NAMESPACES, namespace);
  if (found.metadata.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const message = `namespace ${namespace} is being terminated`;
  throw forbidden(kind, name, why, [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }]);
}

/**
 * The part of a configuration that an apply owns: only the status, or all but the status if the kind separates them.
 */
function ownBy(kind: Kind, config: Draft, { subresource }: WriteOptions): Fields {
  const own = ownable(config as Partial<KubeObject>);
  const { status, ...rest } = own;
  if (subresource === 'status') return status === undefined ? {} : { status };
  return kind.subresources?.includes('status') ? rest : own;
}

/** Clients clear the managers of an object by one empty entry (kubernetes.io, server-side apply, "Clearing managedFields"). */
function isReset(entries: readonly ManagedFieldsEntry[] | undefined): boolean {
  return entries?.length === 0 || (entries?.length === 1 && Object.keys(entries[0] ?? {}).length === 0);
}
