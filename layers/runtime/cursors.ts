import { createHash } from 'node:crypto';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Route } from '@gantry/contract/route.ts';

const MARK_LENGTH = 8;

/**
 * Cursors leave the API with a mark of the list that they belong to, so that one of another list is refused instead of starting
 * somewhere. It is no signature: what a forged cursor may read is decided by the list's own key.
 */
function markOf(path: string): string {
  return createHash('sha256').update(path).digest('base64url').slice(0, MARK_LENGTH);
}

/** A reply's `next` with the mark of the list at `path`. */
export function markCursor(route: Route, path: string, reply: unknown): unknown {
  if (!hasCursor(route) || typeof reply !== 'object' || reply === null || !('next' in reply)) return reply;
  return typeof reply.next === 'string' ? { ...reply, next: markOf(path) + reply.next } : reply;
}

/** A request's query with the cursor as the list itself made it. Throws Invalid where it is not one of the list at `path`. */
export function unmarkCursor<Q extends Readonly<Record<string, unknown>>>(route: Route, path: string, query: Q): Q {
  const { cursor } = query;
  if (!hasCursor(route) || typeof cursor !== 'string') return query;
  if (cursor.startsWith(markOf(path))) return { ...query, cursor: cursor.slice(MARK_LENGTH) };
  const message = 'is not a cursor of this list. Start again without it.';
  throw new GantryError('Invalid', 'The cursor is not valid.', [{ field: 'query.cursor', message }]);
}

function hasCursor({ query }: Route): boolean {
  return query !== undefined && 'cursor' in query.shape;
}
