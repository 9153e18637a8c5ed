import { GantryError } from '@gantry/contract/errors.ts';
import { sessionGround } from '../access/grounds.ts';
import { relyOn, underAuthority } from '../kernel/authority.ts';
import { item } from '../kernel/entity.ts';
import { eachLimited } from '../kernel/limited.ts';
import { ttlAfter } from '../kernel/table.ts';
import { transact } from '../kernel/transact.ts';
import {
  ConnectionEntity,
  type ConnectionRecord,
  forgetSubscription,
  UserConnectionEntity,
} from '../records/realtime.ts';
import { redeemTicket } from './tickets.ts';

/** API Gateway ends a connection after two hours; its records expire a little later. */
const KEPT_SECONDS = 2 * 3600 + 600;
const CONCURRENCY = 10;

/** Opens a connection for the owner of a ticket. Throws Unauthenticated for an invalid ticket, or when its user has signed out since. */
export function connect(id: string, ticket: string | undefined): Promise<void> {
  return underAuthority(() => open(id, ticket));
}

async function open(id: string, ticket: string | undefined): Promise<void> {
  if (ticket === undefined) {
    throw new GantryError(
      'Unauthenticated',
      'A connection needs a ticket: POST /v1/realtime/tickets gives its address.',
    );
  }
  const caller = await redeemTicket(ticket);
  const { userId, subject, issuedAt = 0 } = caller;
  const ttl = ttlAfter(KEPT_SECONDS);
  relyOn(sessionGround(subject, issuedAt));
  await transact([
    { item: item.put(ConnectionEntity.put({ ...caller, id, issuedAt, ttl })) },
    { item: item.put(UserConnectionEntity.put({ userId, id, issuedAt, ttl })) },
  ]);
}

/** An open connection. Throws Unauthenticated for an unknown one. */
export async function readConnection(id: string): Promise<ConnectionRecord> {
  const { data } = await ConnectionEntity.get({ id }).go({ consistent: true });
  if (data === null)
    throw new GantryError('Unauthenticated', 'This connection is over. Connect again with a new ticket.');
  return data;
}

/** Deletes a connection and its subscriptions; harmless when repeated. */
export async function disconnect(id: string): Promise<void> {
  const { data } = await ConnectionEntity.delete({ id }).go({ response: 'all_old' });
  if (data?.userId !== undefined) await UserConnectionEntity.delete({ userId: data.userId, id }).go();
  await eachLimited([...(data?.topics ?? [])], CONCURRENCY, (topic) => forgetSubscription(topic, id));
}
