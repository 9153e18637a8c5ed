import { GantryError } from '@gantry/contract/errors.ts';
import { PatchStrategy } from '@kubernetes/client-node/dist/patch.js';
import { connection } from './client.ts';
import { translated } from './errors.ts';
import type { KubernetesObject, ObjectName } from './types.ts';

/** The most objects that one page of a list holds. */
const PAGE = 500;

function describe({ kind, namespace, name }: ObjectName): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

function nameOf(object: KubernetesObject): ObjectName {
  const { apiVersion = '', kind = '', metadata } = object;
  return {
    apiVersion,
    kind,
    name: metadata?.name ?? '',
    ...(metadata?.namespace !== undefined && { namespace: metadata.namespace }),
  };
}

function header({ apiVersion, kind, namespace, name }: ObjectName) {
  return { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }) } };
}

/**
 * Creates or changes an object by server-side apply. Fields of other owners stay, unless they are given here: then they are taken over. With
 * `metadata.resourceVersion` it throws a Conflict when the object has changed since.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export async function apply<T extends KubernetesObject>(object: T, fieldManager: string): Promise<T> {
  const { objects } = await connection();
  return translated(describe(nameOf(object)), () =>
    objects.patch<T>(object, undefined, undefined, fieldManager, true, PatchStrategy.ServerSideApply),
  );
}

/**
 * Changes the fields in `partial`, and no others, by a merge patch (RFC 7396). With `metadata.resourceVersion` it throws a Conflict when the object
 * has changed since.
 */
export async function change<T extends KubernetesObject>(partial: T, fieldManager: string): Promise<T> {
  const { objects } = await connection();
  return translated(describe(nameOf(partial)), () =>
    objects.patch<T>(partial, undefined, undefined, fieldManager, undefined, PatchStrategy.MergePatch),
  );
}

/** Creates the object. Throws a Conflict when it exists. */
export async function create<T extends KubernetesObject>(object: T, fieldManager: string): Promise<T> {
  const { objects } = await connection();
  return translated(describe(nameOf(object)), () => objects.create<T>(object, undefined, undefined, fieldManager));
}

/** The object; undefined when it is missing. */
export async function get<T extends KubernetesObject>(name: ObjectName): Promise<T | undefined> {
  const { objects } = await connection();
  try {
    return await translated(describe(name), () => objects.read<T & KubernetesObject>(header(name)));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Objects of a kind, at most 500, of one namespace or of all; `labels` and `fields` select those that have all of them. */
export async function list<T extends KubernetesObject>(
  kind: Pick<ObjectName, 'apiVersion' | 'kind' | 'namespace'>,
  labels: Readonly<Record<string, string>> = {},
  fields: Readonly<Record<string, string>> = {},
): Promise<{ items: T[]; resourceVersion: string }> {
  const { objects } = await connection();
  const { items, metadata } = await translated(`list of ${kind.kind}s`, () =>
    objects.list<T>(
      kind.apiVersion,
      kind.kind,
      kind.namespace,
      undefined,
      undefined,
      undefined,
      selectorOf(fields),
      selectorOf(labels),
      PAGE,
    ),
  );
  return { items, resourceVersion: metadata?.resourceVersion ?? '' };
}

/** All objects of a kind that have a label, of all namespaces, page by page. */
export async function listAll<T extends KubernetesObject>(
  { apiVersion, kind }: Pick<ObjectName, 'apiVersion' | 'kind'>,
  label: string,
): Promise<T[]> {
  const { objects } = await connection();
  const all: T[] = [];
  let next: string | undefined;
  do {
    const options = [undefined, undefined, undefined, undefined, undefined, label, PAGE, next] as const;
    const { items, metadata } = await translated(`list of ${kind}s`, () =>
      objects.list<T>(apiVersion, kind, ...options),
    );
    all.push(...items);
    next = metadata?._continue || undefined;
  } while (next !== undefined);
  return all;
}

/** Deletes the object and its dependents; harmless when it is gone already. */
export async function remove(name: ObjectName): Promise<void> {
  const { objects } = await connection();
  try {
    await translated(describe(name), () =>
      objects.delete(header(name), undefined, undefined, undefined, undefined, 'Background'),
    );
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** `a=1,b=2`, for labels or fields; undefined without any. */
export function selectorOf(terms: Readonly<Record<string, string>>): string | undefined {
  const all = Object.entries(terms).map(([key, value]) => `${key}=${value}`);
  return all.length === 0 ? undefined : all.join(',');
}

function isNotFound(error: unknown): boolean {
  return error instanceof GantryError && error.kind === 'NotFound';
}
