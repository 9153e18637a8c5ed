import { randomUUID } from 'node:crypto';
import { badRequest, conflict, invalid, invalidValue, MODIFIED } from '../api/errors.ts';
import { apiVersionOf, type Kind } from '../kinds/kind.ts';
import type { Fields, KubeObject } from '../model.ts';
import { timestamp } from '../model.ts';
import { isMap, randomName } from '../values.ts';
import { ownable } from './fields.ts';

/** A client's object: the server's parts (uid, times, versions) may be missing. */
export type Draft = Fields & { metadata?: Partial<KubeObject['metadata']> };

/** A new object with its identity. */
export function identified<T extends KubeObject>(kind: Kind<T>, namespace: string | undefined, draft: Draft): T {
  const { metadata = {}, ...rest } = structuredClone(draft);
  if (metadata.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
  const name = metadata.name || (metadata.generateName ? `${metadata.generateName}${randomName()}` : '');
  const { deletionTimestamp: _, deletionGracePeriodSeconds: __, managedFields: ___, ...own } = metadata;
  const identity = {
    ...own,
    name,
    ...(kind.namespaced && namespace !== undefined ? { namespace } : {}),
    uid: randomUUID(),
    creationTimestamp: timestamp(),
  };
  return { ...rest, apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: identity } as unknown as T;
}

/** `content` under the identity of `live`: only the clients' own metadata is taken. */
export function settled<T extends KubeObject>(kind: Kind<T>, live: T, content: Fields): T {
  const { labels: _, annotations: __, finalizers: ___, ownerReferences: ____, ...fixed } = live.metadata;
  const { metadata } = ownable({ metadata: metadataOf(content) as unknown as KubeObject['metadata'] });
  const rest = { ...content, apiVersion: apiVersionOf(kind), kind: kind.kind };
  return { ...rest, metadata: { ...(isMap(metadata) ? metadata : {}), ...fixed } } as unknown as T;
}

/** A resourceVersion in a draft must be the present one: the writer has seen the object that it replaces. */
export function requireVersion(kind: Kind, live: KubeObject, { metadata }: Draft): void {
  const version = metadata?.resourceVersion;
  if (version === undefined || version === '' || version === live.metadata.resourceVersion) return;
  throw conflict(kind, live.metadata.name, MODIFIED);
}

/** An apply with another uid is for an object that is gone. */
export function requireUid(kind: Kind, live: KubeObject, { metadata }: Draft): void {
  const uid = metadata?.uid;
  if (!uid || uid === live.metadata.uid) return;
  throw invalid(kind, live.metadata.name, [invalidValue('metadata.uid', uid, 'field is immutable')]);
}

export function metadataOf(content: Fields): Fields {
  return isMap(content.metadata) ? content.metadata : {};
}
