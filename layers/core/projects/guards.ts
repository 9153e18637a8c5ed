import { GantryError } from '@gantry/contract/errors.ts';
import type { Lookup } from '../access.ts';
import { tableName } from '../table.ts';
import type { Write } from '../transact.ts';

interface Deletable {
  readonly id: string;
  readonly slug: string;
  readonly deletingSince?: string | undefined;
}

/** Throws a Conflict where one of the records is being deleted: nothing below it can be made, changed or deployed. */
export function requireActive(...records: readonly Deletable[]): void {
  const deleting = records.find(({ deletingSince }) => deletingSince !== undefined);
  if (deleting) {
    throw new GantryError('Conflict', `${deleting.slug} is being deleted: nothing more can be done with it.`);
  }
}

/** The same for a transaction: it is refused where one of the records is deleted, or is about to be. */
export function whileActive(...lookups: readonly Lookup<unknown>[]): Write[] {
  return lookups.map(({ key }) => ({
    item: {
      ConditionCheck: {
        TableName: tableName,
        Key: { ...key },
        ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(deletingSince)',
      },
    },
  }));
}

/** Throws PreconditionFailed where the caller changes another version than the one that is there. */
export function requireVersion(record: { readonly id: string; readonly version: number }, ifMatch?: number): void {
  if (ifMatch === undefined || ifMatch === record.version) return;
  throw new GantryError(
    'PreconditionFailed',
    `${record.id} is at version ${record.version} by now, not ${ifMatch}. Read it again and repeat your change.`,
  );
}

/** Throws QuotaExceeded where there is no room for one more. */
export function requireRoom(count: number, limit: number, what: string): void {
  if (count >= limit) throw quotaExceeded(limit, what);
}

export function quotaExceeded(limit: number, what: string): GantryError {
  return new GantryError(
    'QuotaExceeded',
    `${limit} ${what} are the most. Delete one that is no longer needed, or ask an operator.`,
  );
}
