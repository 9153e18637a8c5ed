import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { available } from '@gantry/cloud/failures.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { EventName } from '@gantry/contract/events.ts';
import { AuthorityChanged, currentGrounds, type Ground, guarded } from './authority.ts';
import { keyCommitted, keyWrite } from './idempotency/execution.ts';
import { type Change, outboxWrites } from './outbox/outbox.ts';
import { documents, tableName } from './table.ts';
import type { Write } from './write.ts';

/** A condition without its own error refused a transaction: the caller reads again and decides. */
export class StaleWrite extends Error {
  override readonly name = 'StaleWrite';
}

/** Two seconds in all. Deployments of one environment check the same record, and all actions of one member check their membership. */
const CONFLICT_RETRIES = 7;

/** Reasons of a cancellation that may be gone at the next attempt. */
const TRANSIENT = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);

/**
 * Commits writes together with the event and the audit row of each change, or nothing. It is the only way to emit an event. Under an
 * `Idempotency-Key` the first transaction also records the key.
 * On behalf of a caller it commits only while the ground of their right holds (authority.ts); otherwise it throws AuthorityChanged. Throws the
 * `otherwise` of the first write with a failed condition, StaleWrite when that has none, and Unavailable when other transactions kept the items
 * locked.
 */
export async function transact(writes: readonly Write[], ...changes: readonly Change<EventName>[]): Promise<void> {
  const key = keyWrite();
  const all = key === undefined ? writes : [key, ...writes];
  const emitted = await Promise.all(changes.map(outboxWrites));
  const { items, isGround, sharedBy } = guarded(
    [...all.map((write) => write.item), ...emitted.flat()],
    currentGrounds(),
  );
  for (let attempt = 0; ; attempt += 1) {
    try {
      await available('The database', () => documents.send(new TransactWriteCommand({ TransactItems: [...items] })));
      if (key !== undefined) keyCommitted();
      return;
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const codes = (error.CancellationReasons ?? []).map((reason) => reason.Code);
      const failed = codes.flatMap((code, index) => (code === 'ConditionalCheckFailed' ? [index] : []));
      if (failed.some(isGround)) throw new AuthorityChanged('what authorised the caller has changed');
      for (const index of failed) await requireStill(sharedBy(index));
      const [first] = failed;
      if (first !== undefined) throw all[first]?.otherwise ?? new StaleWrite(`write ${first} was refused`);
      if (!codes.some((code) => code !== undefined && TRANSIENT.has(code))) throw error;
      if (attempt === CONFLICT_RETRIES) {
        throw new GantryError('Unavailable', 'Somebody else is changing the same thing. Try again.', [], {
          cause: error,
        });
      }
      await new Promise((resolve) => setTimeout(resolve, 10 * 2 ** attempt * (1 + Math.random())));
    }
  }
}

/**
 * Throws AuthorityChanged when the ground no longer holds. Called after a write failed that also carries the ground's condition: DynamoDB does not
 * say which of the two failed.
 */
async function requireStill(ground: Ground | undefined): Promise<void> {
  if (ground === undefined) return;
  const command = new GetCommand({ TableName: tableName, Key: { ...ground.key }, ConsistentRead: true });
  const { Item } = await available('The database', () => documents.send(command));
  if (!ground.holds(Item)) throw new AuthorityChanged('what authorised the caller has changed');
}

const STALE_RETRIES = 8;

/** Runs `work` again, nine times at most, while concurrent changes make its writes stale. Throws Unavailable when others kept winning. */
export async function retryStale<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work();
    } catch (cause) {
      if (!(cause instanceof StaleWrite)) throw cause;
      if (attempt === STALE_RETRIES) {
        throw new GantryError('Unavailable', 'Somebody else is changing the same thing. Try again.', [], { cause });
      }
      await new Promise((resolve) => setTimeout(resolve, 5 * 2 ** attempt * Math.random()));
    }
  }
}
