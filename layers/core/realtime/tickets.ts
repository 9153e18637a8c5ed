import { createHash, randomBytes } from 'node:crypto';
import { environment } from '@gantry/cloud/environment.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Ticket } from '@gantry/contract/schemas/realtime.ts';
import type { Caller } from '../access/caller.ts';
import { item } from '../kernel/entity.ts';
import { willAnswer } from '../kernel/idempotency/execution.ts';
import { ttlAfter } from '../kernel/table.ts';
import { transact } from '../kernel/transact.ts';
import { TicketEntity } from '../records/realtime.ts';

const VALID_SECONDS = 60;

/** A ticket that opens one WebSocket connection within a minute. Only its hash is kept. */
export async function createTicket(caller: Caller): Promise<Ticket> {
  const { userId, email, subject, issuedAt = 0 } = caller;
  const secret = randomBytes(32).toString('base64url');
  const expiresAt = new Date(Date.now() + VALID_SECONDS * 1000).toISOString();
  const ttl = ttlAfter(VALID_SECONDS);
  const url = new URL(environment('REALTIME_URL'));
  url.searchParams.set('ticket', secret);
  const reply = willAnswer({ url: url.href, expiresAt });
  const ticket = { hash: hashOf(secret), userId, email, subject, issuedAt, expiresAt, ttl };
  await transact([{ item: item.put(TicketEntity.put(ticket)) }]);
  return reply;
}

/** Uses up a ticket and answers its owner. Throws Unauthenticated for a used, expired or unknown ticket. */
export async function redeemTicket(secret: string): Promise<Caller> {
  const { data } = await TicketEntity.delete({ hash: hashOf(secret) }).go({ response: 'all_old' });
  if (data === null || Date.parse(data.expiresAt) <= Date.now()) {
    throw new GantryError('Unauthenticated', 'The ticket is not valid, has expired or was used. Ask for a new one.');
  }
  const { userId, email, subject, issuedAt } = data;
  return { userId, email, subject, issuedAt };
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
