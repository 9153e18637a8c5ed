import { GantryError } from '@gantry/contract/errors.ts';
import * as z from 'zod';

/** CloudWatch's token holds only with the query that it came from, so the cursor keeps the start of that. */
const Position = z.strictObject({ token: z.string(), since: z.int().optional() });
export type Position = z.infer<typeof Position>;

export function encodeCursor(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** Throws Invalid where the cursor is not one of ours. */
export function decodeCursor(cursor: string): Position {
  try {
    return Position.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch (cause) {
    throw invalidCursor(cause);
  }
}

export function invalidCursor(cause: unknown): GantryError {
  const message = 'is not a cursor of this log, or is older than a day. Start again without it.';
  return new GantryError('Invalid', 'The cursor is not valid.', [{ field: 'query.cursor', message }], { cause });
}
