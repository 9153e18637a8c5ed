import { GantryError } from '@gantry/contract/errors.ts';
import type { EventEnvelope, EventName } from '@gantry/contract/events.ts';
import type { Consumer } from '@gantry/wiring/subscriptions.ts';
import { item } from '../entity.ts';
import { ttlAfter } from '../table.ts';
import { transact } from '../transact.ts';
import type { Write } from '../write.ts';
import type { Change } from './outbox.ts';
import { AppliedEntity } from './store.ts';

/** A dead letter (14 days) and the bus's archive (30 days) bring an event back sooner than this. */
const KEPT_SECONDS = 45 * 24 * 3600;

/**
 * Commits a consumer's effect of an event once, however often the event arrives: the same transaction records the event's id. For consumers whose
 * effect must not repeat. Answers whether it was applied now; errors are those of `transact`.
 */
export async function applyOnce(
  consumer: Consumer,
  { id: eventId }: Pick<EventEnvelope, 'id'>,
  writes: readonly Write[],
  ...changes: readonly Change<EventName>[]
): Promise<'applied' | 'repeated'> {
  const mark = { consumer, eventId, ttl: ttlAfter(KEPT_SECONDS) };
  const repeated = new GantryError('Conflict', `event ${eventId} was applied by ${consumer} before`);
  try {
    await transact([{ item: item.put(AppliedEntity.create(mark)), otherwise: repeated }, ...writes], ...changes);
    return 'applied';
  } catch (error) {
    if (error === repeated) return 'repeated';
    throw error;
  }
}
