import type { Kind } from '../kinds/kind.ts';
import type { KubeObject } from '../model.ts';
import type { Objects } from '../registry/objects.ts';
import { badRequest, forbiddenValue, invalidOption, tooLarge } from './errors.ts';
import type { ListMetadata } from './presentation.ts';
import type { Filter } from './selectors.ts';
import type { Query } from './verbs.ts';

/** The last object of the page, and the version of the first page. */
interface Place {
  readonly after: readonly [namespace: string, name: string];
  readonly version: number;
}

export interface Page {
  readonly items: readonly KubeObject[];
  readonly metadata: ListMetadata;
}

/**
 * The requested objects, at most `limit` and then a token for the rest. Later pages show the objects as they are then, under the first page's
 * version. Refuses invalid `ListOptions` and a future version.
 */
export function pageOf(
  objects: Objects,
  kind: Kind,
  namespace: string | undefined,
  filter: Filter,
  query: Query,
): Page {
  const place = placeOf(query);
  requireVersion(objects, query, place);
  const limit = limitOf(query);
  const matching = objects.list(kind, namespace).filter(filter);
  const left = place === undefined ? matching : matching.filter((object) => isAfter(object, place.after));
  const items = limit === 0 ? left : left.slice(0, limit);
  const last = items.at(-1);
  const version = place?.version ?? objects.version();
  if (items.length === left.length || last === undefined) {
    return { items, metadata: { resourceVersion: String(version) } };
  }
  const isSelected = query.has('labelSelector') || query.has('fieldSelector');
  const remaining = isSelected ? {} : { remainingItemCount: left.length - items.length };
  const next: Place = { after: keyOf(last), version };
  const token = Buffer.from(JSON.stringify(next)).toString('base64url');
  return { items, metadata: { resourceVersion: String(version), continue: token, ...remaining } };
}

function keyOf({ metadata }: KubeObject): [string, string] {
  return [metadata.namespace ?? '', metadata.name];
}

function isAfter(object: KubeObject, [namespace, name]: Place['after']): boolean {
  const [own, mine] = keyOf(object);
  return own === namespace ? mine > name : own > namespace;
}

/** A list from the cache, requested by version 0, is never cut. */
function limitOf(query: Query): number {
  const text = query.get('limit') ?? '0';
  if (!/^-?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return query.get('resourceVersion') === '0' ? 0 : Math.max(0, Number(text));
}

function placeOf(query: Query): Place | undefined {
  const token = query.get('continue');
  if (!token) return undefined;
  try {
    const place = JSON.parse(Buffer.from(token, 'base64url').toString()) as Place;
    if (Array.isArray(place.after) && Number.isSafeInteger(place.version)) return place;
  } catch {
    // Refused below like a token of another form.
  }
  throw badRequest('invalid continue token: it was not made by this server');
}

function requireVersion(objects: Objects, query: Query, place: Place | undefined): void {
  const version = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  if (version === '' && match !== '') {
    throw invalidOption(
      'ListOptions',
      forbiddenValue('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided'),
    );
  }
  if (version === '' || version === '0') return;
  if (place !== undefined) throw badRequest('specifying resource version is not allowed when using continue');
  if (!/^\d+$/.test(version)) {
    const quoted = JSON.stringify(version);
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: invalid syntax`,
    );
  }
  if (Number(version) > objects.version()) throw tooLarge(Number(version), objects.version());
}
