import { createHash } from 'node:crypto';
import type { TurnRecord } from '../../records/builds.ts';

/** What a build claims its order with. Made of the token that only the machine and this platform know, so that a repeat makes the same. */
export function ticketOf({ taskToken }: Pick<TurnRecord, 'taskToken'>): string {
  return createHash('sha256').update(`ticket of ${taskToken}`).digest('hex');
}
