import type { ServerResponse } from 'node:http';
import { apiVersionOf, type Kind, resourceOf } from '../kinds/kind.ts';
import type { Fields, KubeObject } from '../model.ts';
import type { Change, Objects } from '../registry/objects.ts';
import { badRequest, expired, forbiddenValue, invalidOption, tooLarge } from './errors.ts';
import { type Form, present } from './presentation.ts';
import type { Filter } from './selectors.ts';

export interface WatchOptions {
  readonly kind: Kind;
  readonly namespace: string | undefined;
  readonly filter: Filter;
  readonly form: Form;
  /** How much of its object a table row has. */
  readonly within: string;
  /** The start: absent or `0` begins with the existing objects. */
  readonly resourceVersion: string | undefined;
  readonly bookmarks: boolean;
  /** A streaming list: the existing objects, a bookmark at their end, then changes. */
  readonly initialEvents: boolean;
  readonly match: string;
  readonly timeoutSeconds: number;
}

/** Often enough for a client that gives up after half a minute of silence. */
const BOOKMARK_EVERY_MS = 15_000;
/** A watcher that falls further behind is cut off and lists again. */
const MAX_BUFFERED = 16 * 1024 * 1024;
const END_OF_LIST = 'k8s.io/initial-events-end';

/**
 * Streams changes as lines of JSON until the client leaves or the time is over. Nothing is lost between the list and the stream, because both are
 * read in one turn of the loop. For a forgotten version the only event is the 410.
 */
export function watch(objects: Objects, response: ServerResponse, options: WatchOptions): void {
  const { kind, namespace, filter, form, within } = options;
  const resource = resourceOf(kind);
  const from = Number(options.resourceVersion ?? '0');
  if (!Number.isSafeInteger(from) || from < 0) throw badRequest(`invalid resourceVersion: ${options.resourceVersion}`);
  if (from > objects.version()) throw tooLarge(from, objects.version());
  if (options.initialEvents && options.match !== 'NotOlderThan') {
    const why = 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
    throw invalidOption('ListOptions', forbiddenValue('resourceVersionMatch', why));
  }
  const listFirst = from === 0 || options.initialEvents;
  const missed = listFirst ? [] : objects.since(from);

  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  if (missed === undefined) {
    response.end(`${JSON.stringify({ type: 'ERROR', object: expired(from, objects.oldest()).status() })}\n`);
    return;
  }
  let headings = true;
  const write = (type: string, object: Fields) => {
    response.write(`${JSON.stringify({ type, object })}\n`);
    if (response.writableLength > MAX_BUFFERED) response.destroy();
  };
  const send = (type: string, object: KubeObject) => {
    write(type, present(kind, object, form, { headings, within }));
    headings = false;
  };
  const bookmark = (annotations?: Fields) => {
    const metadata = { resourceVersion: String(objects.version()), ...(annotations ? { annotations } : {}) };
    write('BOOKMARK', { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata });
  };
  const deliver = (change: Change) => {
    if (change.resource !== resource) return;
    if (namespace !== undefined && change.object.metadata.namespace !== namespace) return;
    const was = change.previous !== undefined && filter(change.previous);
    const is = change.type !== 'DELETED' && filter(change.object);
    if (is) send(was ? 'MODIFIED' : 'ADDED', change.object);
    else if (was) send('DELETED', asItWas(change));
  };

  if (listFirst) for (const object of objects.list(kind, namespace).filter(filter)) send('ADDED', object);
  if (options.initialEvents && options.bookmarks) bookmark({ [END_OF_LIST]: 'true' });
  for (const change of missed) deliver(change);
  response.flushHeaders();
  const unsubscribe = objects.subscribe(deliver);
  const bookmarks = options.bookmarks ? setInterval(bookmark, BOOKMARK_EVERY_MS) : undefined;
  const timeout = setTimeout(() => response.end(), options.timeoutSeconds * 1000);
  response.on('close', () => {
    unsubscribe();
    clearInterval(bookmarks);
    clearTimeout(timeout);
  });
}

/** A watcher that no longer sees an object gets the object as it last saw it, with the version of the change. */
function asItWas({ type, object, previous, version }: Change): KubeObject {
  if (type === 'DELETED' || previous === undefined) return object;
  return { ...previous, metadata: { ...previous.metadata, resourceVersion: String(version) } };
}
