import { setTimeout as sleep } from 'node:timers/promises';
import { GantryError } from '@gantry/contract/errors.ts';
import { Watch } from '@kubernetes/client-node/dist/watch.js';
import { connection } from './client.ts';
import { translated } from './errors.ts';
import { list, selectorOf } from './objects.ts';
import type { KubernetesObject } from './types.ts';

/** The watched objects: those of one kind in one namespace with these labels. */
export interface Followed {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

const RETRY_MS = 500;

/**
 * Calls `changed` with all objects now and after each change, until `signal` aborts. It lists, then watches from there. When a watch ends (silence, a
 * reset, 410 Gone) it lists again, so nothing is missed. It waits out an outage, and throws any other error.
 */
export async function follow<T extends KubernetesObject>(
  followed: Followed,
  signal: AbortSignal,
  changed: (objects: readonly T[]) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const { items, resourceVersion } = await list<T>(followed, followed.labels);
      const objects = new Map(items.map((item) => [item.metadata?.name ?? '', item]));
      changed([...objects.values()]);
      await watchFrom<T>(followed, resourceVersion, signal, (type, object) => {
        const name = object.metadata?.name ?? '';
        if (type === 'DELETED') objects.delete(name);
        else objects.set(name, object);
        changed([...objects.values()]);
      });
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof GantryError && error.kind === 'Unavailable')) throw error;
    }
    await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function watchFrom<T extends KubernetesObject>(
  { apiVersion, plural, namespace, labels }: Followed,
  resourceVersion: string,
  signal: AbortSignal,
  event: (type: string, object: T) => void,
): Promise<void> {
  const { config } = await connection();
  const root = apiVersion.includes('/') ? 'apis' : 'api';
  const path = `/${root}/${apiVersion}/namespaces/${namespace}/${plural}`;
  const ended = Promise.withResolvers<void>();
  ended.promise.catch(() => undefined);
  const onEvent = (type: string, object: T) => {
    if (type === 'ERROR') ended.resolve();
    else if (type !== 'BOOKMARK') event(type, object);
  };
  const onEnd = (error: unknown) => {
    if (error === null || error === undefined || isSilence(error)) ended.resolve();
    else ended.reject(error);
  };
  const query = { resourceVersion, labelSelector: selectorOf(labels), allowWatchBookmarks: true };
  const controller = await new Watch(config).watch(path, query, onEvent, onEnd);
  const stop = () => ended.resolve();
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (!signal.aborted) await translated(`watch of ${plural}`, () => ended.promise);
  } finally {
    signal.removeEventListener('abort', stop);
    controller.abort();
  }
}

/** The client ends a watch after 30 silent seconds. */
function isSilence(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
}
