import { createHash } from 'node:crypto';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Route } from '@gantry/contract/route.ts';

const MARK_LENGTH = 8;

/**
 * A cursor leaves the API with a mark of its list, so that another list refuses it instead of starting at a random place. The mark is no signature:
 * the list's own key decides what a forged cursor may read.
 */
function markOf(path: string): string {
  return createHash('sha256').update(path).digest('base64url').slice(0, MARK_LENGTH);
}

/** A reply whose `next` has the mark of the list at `path`. */
export function markCursor(route: Route, path: string, reply: unknown): unknown {
  if (!hasCursor(route) || typeof reply !== 'object' || reply === null || !('next' in reply)) return reply;
  return typeof reply.next === 'string' ? { ...reply, next: markOf(path) + reply.next } : reply;
}

/** A request's query with the cursor as the list made it. Throws Invalid for a cursor of another list than `path`. */
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
