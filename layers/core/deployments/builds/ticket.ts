import { createHash } from 'node:crypto';
import type { TurnRecord } from '../../records/builds.ts';

/**
 * The ticket with which a build claims its order. It is derived from the task token, which only the machine and the platform know, so a repeat gives
 * the same ticket.
 */
export function ticketOf({ taskToken }: Pick<TurnRecord, 'taskToken'>): string {
  return createHash('sha256').update(`ticket of ${taskToken}`).digest('hex');
}
