import type { Store } from '../../kernel/store.ts';
import type { Kind } from '../kinds/kind.ts';
import { resourceOf } from '../kinds/kind.ts';
import type { KubeObject } from '../model.ts';
import type { AtRest } from './at-rest.ts';

/** One committed write, as watchers and controllers see it. `version` is the resourceVersion of `object`. */
export interface Change {
  readonly resource: string;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
  readonly previous: KubeObject | undefined;
  readonly version: number;
}

/** How many changes a watcher may lag behind before it has to list again. */
const RING = 4096;

/**
 * Every object of the cluster: a map to read, the store behind it to survive. An object in the map is never changed, only
 * replaced. The counter of versions is kept apart from the objects, so that deleting the newest does not roll it back.
 */
export interface Objects {
  get<T extends KubeObject>(kind: Kind<T>, namespace: string | undefined, name: string): T | undefined;
  /** Sorted by namespace and name; all namespaces if none is named. */
  list<T extends KubeObject>(kind: Kind<T>, namespace?: string): readonly T[];
  /** Commits the object under the next version and answers it; the write is durable on return. */
  put<T extends KubeObject>(kind: Kind<T>, object: T): T;
  remove<T extends KubeObject>(kind: Kind<T>, object: T): T;
  /** Removes every object, as when the cluster itself is deleted. */
  clear(): void;
  version(): number;
  /** The oldest version after which every change is remembered. */
  oldest(): number;
  /** Changes after `version`, or undefined where the oldest of them are forgotten. */
  since(version: number): readonly Change[] | undefined;
  /** Called after each commit, in order, within the write: a listener must not write itself. */
  subscribe(listener: (change: Change) => void): () => void;
}

/** Opens the cluster's objects. Throws where the store holds something else under the same names. */
export function openObjects(store: Store, atRest: AtRest): Objects {
  const saved = store.collection<KubeObject>('cluster.objects');
  const counter = store.collection<number>('cluster.version');
  const resources = new Map<string, Map<string, KubeObject>>();
  const listeners = new Set<(change: Change) => void>();
  const ring: Change[] = [];
  let version = counter.get('version') ?? 1;
  let forgotten = version;

  const of = (resource: string) => {
    const present = resources.get(resource);
    if (present !== undefined) return present;
    const created = new Map<string, KubeObject>();
    resources.set(resource, created);
    return created;
  };
  for (const [key, object] of saved.entries()) {
    const [resource = '', path = ''] = key.split(' ');
    of(resource).set(path, atRest.open(resource, object));
  }

  const announce = (change: Change) => {
    ring.push(change);
    if (ring.length > RING) forgotten = ring.shift()?.version ?? forgotten;
    for (const listener of listeners) listener(change);
  };
  const commit = <T extends KubeObject>(resource: string, object: T, gone: boolean): T => {
    const path = pathOf(object.metadata.namespace, object.metadata.name);
    const previous = of(resource).get(path);
    const next = version + 1;
    const written = { ...object, metadata: { ...object.metadata, resourceVersion: String(next) } };
    store.atomically(() => {
      if (gone) saved.delete(`${resource} ${path}`);
      else saved.put(`${resource} ${path}`, atRest.close(resource, written));
      counter.put('version', next);
    });
    version = next;
    if (gone) of(resource).delete(path);
    else of(resource).set(path, written);
    const type = gone ? 'DELETED' : previous === undefined ? 'ADDED' : 'MODIFIED';
    announce({ resource, type, object: written, previous, version });
    return written;
  };

  return {
    get: <T extends KubeObject>(kind: Kind<T>, namespace: string | undefined, name: string) =>
      of(resourceOf(kind)).get(pathOf(kind.namespaced ? namespace : undefined, name)) as T | undefined,
    list<T extends KubeObject>(kind: Kind<T>, namespace?: string) {
      const paths = [...of(resourceOf(kind))];
      const within = namespace === undefined ? paths : paths.filter(([path]) => path.startsWith(`${namespace}/`));
      return within.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object as T);
    },
    put: (kind, object) => commit(resourceOf(kind), object, false),
    remove: (kind, object) => commit(resourceOf(kind), object, true),
    clear() {
      for (const [resource, objects] of resources)
        for (const each of [...objects.values()]) commit(resource, each, true);
    },
    version: () => version,
    oldest: () => forgotten,
    since: (from) => (from < forgotten ? undefined : ring.filter((change) => change.version > from)),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function pathOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}
