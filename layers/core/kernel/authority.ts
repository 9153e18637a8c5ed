import { AsyncLocalStorage } from 'node:async_hooks';
import { GantryError } from '@gantry/contract/errors.ts';
import { tableName } from './table.ts';
import type { TransactItem } from './write.ts';

type Key = Readonly<Record<string, string>>;

/**
 * The ground of a caller's right: an item, and the condition on it that must still hold at each commit on their behalf. Its placeholders begin with
 * `#ground` and `:ground`, which no write uses.
 */
export interface Ground {
  readonly key: Key;
  readonly condition: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, unknown>>;
  /** The same condition, checked on an item that was read. */
  holds(item: Readonly<Record<string, unknown>> | undefined): boolean;
}

/** The caller's right changed before the transaction committed. Nothing was written; the call must be checked again. */
export class AuthorityChanged extends Error {
  override readonly name = 'AuthorityChanged';
}

/** Grounds by the key of their item: the last one read counts. */
const relied = new AsyncLocalStorage<Map<string, Ground>>();

const ATTEMPTS = 3;

/**
 * Runs a call for a caller. Its commits hold only while the ground of the caller's right holds. Otherwise the call runs again from the start, and
 * gets the error that it would get now. Throws Unavailable when the caller's rights change three times meanwhile.
 */
export async function underAuthority<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await relied.run(new Map(), work);
    } catch (cause) {
      if (!(cause instanceof AuthorityChanged)) throw cause;
      if (attempt === ATTEMPTS) {
        const detail = 'What you may do here is being changed at this moment. Try again.';
        throw new GantryError('Unavailable', detail, [], { cause });
      }
    }
  }
}

/** Makes every later transaction of this call depend on `ground`. Throws outside of `underAuthority`. */
export function relyOn(ground: Ground): void {
  const grounds = relied.getStore();
  if (grounds === undefined) throw new Error('a caller was authorised outside of underAuthority');
  grounds.set(textOf(ground.key), ground);
}

/** The grounds that this call's transactions depend on. Steps, consumers and schedules act for the platform and have none. */
export function currentGrounds(): readonly Ground[] {
  return [...(relied.getStore()?.values() ?? [])];
}

export interface Guarded {
  readonly items: readonly TransactItem[];
  /** Whether the item at an index only checks a ground. */
  isGround(index: number): boolean;
  /** The ground whose condition the write at an index includes. */
  sharedBy(index: number): Ground | undefined;
}

/**
 * The items of a transaction, with the conditions of grounds. DynamoDB takes one action per item, so a write of the ground's own item includes the
 * condition.
 */
export function guarded(writes: readonly TransactItem[], grounds: readonly Ground[]): Guarded {
  const items = [...writes];
  const shared = new Map<number, Ground>();
  for (const ground of grounds) {
    const index = writes.findIndex((write) => textOf(keyOf(write)) === textOf(ground.key));
    const write = writes[index];
    if (write === undefined) items.push(checkOf(ground));
    else {
      items[index] = withCondition(write, ground);
      shared.set(index, ground);
    }
  }
  return { items, isGround: (index) => index >= writes.length, sharedBy: (index) => shared.get(index) };
}

function checkOf({ key, condition, names, values }: Ground): TransactItem {
  return {
    ConditionCheck: {
      TableName: tableName,
      Key: { ...key },
      ConditionExpression: condition,
      ExpressionAttributeNames: { ...names },
      ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: { ...values } }),
    },
  };
}

function withCondition(write: TransactItem, { condition, names, values }: Ground): TransactItem {
  const [[action, params] = []] = Object.entries(write);
  if (action === undefined || params === undefined) throw new Error('a transaction has an item without an action');
  const own = params.ConditionExpression;
  const allValues = { ...params.ExpressionAttributeValues, ...values };
  const narrowed = {
    ...params,
    ConditionExpression: own === undefined ? condition : `(${own}) AND (${condition})`,
    ExpressionAttributeNames: { ...params.ExpressionAttributeNames, ...names },
    ...(Object.keys(allValues).length > 0 && { ExpressionAttributeValues: allValues }),
  };
  return { [action]: narrowed } as TransactItem;
}

function keyOf({ Put, Update, Delete, ConditionCheck }: TransactItem): Key {
  const { pk, sk } = Put?.Item ?? (Update ?? Delete ?? ConditionCheck)?.Key ?? {};
  return { pk: String(pk), sk: String(sk) };
}

function textOf({ pk, sk }: Key): string {
  return `${pk}|${sk}`;
}
