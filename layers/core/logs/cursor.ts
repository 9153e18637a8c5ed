import { GantryError } from '@gantry/contract/errors.ts';
import { LogFilter } from '@gantry/contract/schemas/logs.ts';
import * as z from 'zod';

/**
 * Where a page ended: after the event `after` in CloudWatch's answer to `token`, or to no token. CloudWatch's tokens hold only for their own query,
 * so the cursor also keeps the filter and the page size.
 */
const Position = z.strictObject({
  filter: LogFilter,
  scan: z.int().min(1).max(10_000),
  token: z.string().optional(),
  after: z.string().optional(),
});
export type Position = z.infer<typeof Position>;

export function encodeCursor(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** Throws Invalid for a malformed cursor. */
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
