import { GantryError } from '@gantry/contract/errors.ts';
import { eachLimited } from '../limited.ts';
import { ttlAfter } from '../table.ts';
import { ConnectionEntity, type ConnectionRecord, forgetSubscription } from './store.ts';
import { redeemTicket } from './tickets.ts';

/** API Gateway ends a connection after two hours; what is left of one is gone a little later. */
const KEPT_SECONDS = 2 * 3600 + 600;
const CONCURRENCY = 10;

/** Opens a connection for whoever holds the ticket. Throws Unauthenticated where it does not hold. */
export async function connect(id: string, ticket: string | undefined): Promise<void> {
  if (ticket === undefined) {
    throw new GantryError(
      'Unauthenticated',
      'A connection needs a ticket: POST /v1/realtime/tickets gives its address.',
    );
  }
  const caller = await redeemTicket(ticket);
  await ConnectionEntity.put({ id, ...caller, ttl: ttlAfter(KEPT_SECONDS) }).go();
}

/** An open connection. Throws Unauthenticated where it is not one of ours (any more). */
export async function readConnection(id: string): Promise<ConnectionRecord> {
  const { data } = await ConnectionEntity.get({ id }).go({ consistent: true });
  if (data === null)
    throw new GantryError('Unauthenticated', 'This connection is over. Connect again with a new ticket.');
  return data;
}

/** Forgets a connection and all that it follows; harmless where it is forgotten already. */
export async function disconnect(id: string): Promise<void> {
  const { data } = await ConnectionEntity.delete({ id }).go({ response: 'all_old' });
  await eachLimited([...(data?.topics ?? [])], CONCURRENCY, (topic) => forgetSubscription(topic, id));
}
