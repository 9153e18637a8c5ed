import { createHash } from 'node:crypto';
import type { TurnRecord } from '../../records/builds.ts';

/** A build claims its order with this ticket. It is made of the task token, which only the machine and the platform know: a repeat makes the same. */
export function ticketOf({ taskToken }: Pick<TurnRecord, 'taskToken'>): string {
  return createHash('sha256').update(`ticket of ${taskToken}`).digest('hex');
}
