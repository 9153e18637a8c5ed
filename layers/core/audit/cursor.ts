import { GantryError } from '@gantry/contract/errors.ts';
import * as z from 'zod';

/** The position of the last row read. It is no key of the database, so it stays valid when rows come or go. */
const Position = z.tuple([z.iso.datetime(), z.string().max(50)]);

export interface Position {
  readonly at: string;
  readonly eventId: string;
}

export function encodeCursor({ at, eventId }: Position): string {
  return Buffer.from(JSON.stringify([at, eventId])).toString('base64url');
}

/** Throws Invalid for a cursor of another list. */
export function decodeCursor(cursor: string): Position {
  try {
    const [at, eventId] = Position.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    return { at, eventId };
  } catch (cause) {
    const message = 'is not a cursor of this list. Start again without it.';
    throw new GantryError('Invalid', 'The cursor is not valid.', [{ field: 'query.cursor', message }], { cause });
  }
}
